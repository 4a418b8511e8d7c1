#include "net/transport_set.h"

#include <utility>

namespace holdfast {
namespace {

// Often enough for life times of ten seconds; a thread without sockets is not woken at all.
constexpr Duration kSweepInterval = 1s;

// An ExchangeId is a slab token; slots are far below 2^30, so these bits of one say which
// transport.
constexpr std::uint64_t kTcpBit = std::uint64_t{1} << 31U;
constexpr std::uint64_t kEnsBit = std::uint64_t{1} << 30U;

}  // namespace

TransportSet::TransportSet(const TransportContext& context, PacketBudgets& budgets,
                           const TransportPolicy& policy)
    : context_(context),
      gate_(budgets),
      udp_(context, policy.udp),
      tcp_(context, policy.tcp),
      ens_(context) {}

TransportSet::~TransportSet() = default;

ExchangeStart TransportSet::start(const Upstream& upstream, const ExchangeRequest& request,
                                  ExchangeSink& sink, std::uint64_t token, TimePoint now) noexcept {
  if (upstream.transport == TransportKind::rpc) {
    const auto handle = ens_.start(upstream, request, sink, token);
    if (!handle) return Outcome::no_socket;
    return ExchangeId{handle->token() | kEnsBit};
  }
  const bool tcp = request.over_tcp || is_stream(upstream.transport);
  if (!gate_.take(upstream, packets_to(upstream, tcp), now)) {
    context_.counters.of(upstream.id).throttled.add();
    return Outcome::throttled;
  }
  const auto handle = tcp ? tcp_.start(upstream, request, sink, token, now)
                          : udp_.start(upstream, request, sink, token, now);
  if (!sweeping_) sweep_later(now);
  if (!handle) return Outcome::no_socket;
  return ExchangeId{handle->token() | (tcp ? kTcpBit : 0)};
}

bool TransportSet::spares(const Upstream& upstream, TimePoint now) noexcept {
  const bool tcp = is_stream(upstream.transport);
  return gate_.spare(upstream, packets_to(upstream, tcp), now);
}

unsigned TransportSet::packets_to(const Upstream& upstream, bool tcp) noexcept {
  const bool connected = tcp && tcp_.connected(upstream.id);
  const bool handshake = is_encrypted(upstream.transport) && !connected;
  return packets_of_exchange(tcp, connected) + (handshake ? kTlsHandshakePackets : 0);
}

void TransportSet::cancel(ExchangeId id) noexcept {
  const auto token = static_cast<std::uint64_t>(id);
  const SlabHandle handle = SlabHandle::from_token(token & ~(kTcpBit | kEnsBit));
  if ((token & kEnsBit) != 0) {
    ens_.cancel(handle);
  } else if ((token & kTcpBit) != 0) {
    tcp_.cancel(handle);
  } else {
    udp_.cancel(handle);
  }
}

void TransportSet::retire(UpstreamId id) {
  ens_.retire(id);
  udp_.retire(id);
  tcp_.retire(id);
}

void TransportSet::reset(UpstreamId id) {
  udp_.retire(id);  // exchanges in flight may still be answered; new ones get new ports
  tcp_.reset(id);
  ens_.reset(id);
}

std::string TransportSet::fault_of(UpstreamId id) const {
  const std::string fault = tcp_.fault_of(id);
  return fault.empty() ? ens_.fault_of(id) : fault;
}

std::size_t TransportSet::open_sockets() const noexcept {
  return udp_.open_ports() + tcp_.open_connections();
}

void TransportSet::close() noexcept {
  if (std::exchange(sweeping_, false)) context_.loop.timers().cancel(sweep_);
  udp_.close();
  tcp_.close();
  ens_.close();
}

void TransportSet::sweep_later(TimePoint now) {
  sweeping_ = true;
  sweep_ = context_.loop.timers().arm(now + kSweepInterval, *this, 0);
}

void TransportSet::on_timer(std::uint64_t, TimePoint now) noexcept {
  sweeping_ = false;
  udp_.sweep(now);
  tcp_.sweep(now);
  if (open_sockets() != 0) sweep_later(now);
}

}  // namespace holdfast
