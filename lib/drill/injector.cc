#include "drill/injector.h"

#include <array>
#include <utility>

#include "dns/reply_builder.h"
#include "dns/types.h"
#include "dns/wire_writer.h"
#include "route/drill_reach.h"

namespace holdfast {
namespace {

// An ExchangeId is a slab token; slots are far below 2^29, and TransportSet has the bits above.
constexpr std::uint64_t kInjectorBit = std::uint64_t{1} << 29U;

constexpr std::uint16_t kReplyFlags = 0x8180;  // QR, RD, RA
constexpr std::uint16_t kOptType = 41;
constexpr std::uint16_t kPayload = 1232;  // DNS flag day 2020

ExchangeId id_of(SlabHandle handle) noexcept {
  return ExchangeId{handle.token() | kInjectorBit};
}

dns::Rcode rcode_of(DrillMode mode) noexcept {
  switch (mode) {
    case DrillMode::servfail:
      return dns::Rcode::servfail;
    case DrillMode::refused:
      return dns::Rcode::refused;
    case DrillMode::nxdomain:
      return dns::Rcode::nxdomain;
    default:
      return dns::Rcode::noerror;
  }
}

}  // namespace

std::vector<std::uint8_t> invented_reply(const ExchangeRequest& request, DrillMode mode) {
  std::array<std::uint8_t, 512> buffer;
  dns::WireWriter out(buffer);
  out.u16(0);
  out.u16(static_cast<std::uint16_t>(kReplyFlags | static_cast<unsigned>(rcode_of(mode))));
  for (const unsigned count : {1U, 0U, 0U, request.edns ? 1U : 0U})
    out.u16(static_cast<std::uint16_t>(count));
  out.bytes(dns::QuestionBytes(request.question).bytes());
  if (request.edns) {  // or it would be learnt that the upstream does none
    out.u8(0);
    out.u16(kOptType);
    out.u16(kPayload);
    out.u32(request.dnssec_ok ? 0x8000U : 0U);
    out.u16(0);
  }
  return {out.written().begin(), out.written().end()};
}

Injector::Injector(const InjectorParts& parts, SnapshotPtr snapshot)
    : parts_(parts), snapshot_(std::move(snapshot)), pending_(kMostPending) {}

Injector::~Injector() {
  pending_.for_each([this](SlabHandle, Pending& one) { parts_.timers.cancel(one.timer); });
}

/// Counts what is in the drill's reach.
std::optional<Spoiling> Injector::spoiling_of(const Upstream& upstream,
                                              const ExchangeRequest& request,
                                              TimePoint now) noexcept {
  const auto how = parts_.board.find(upstream.id, now);
  if (!how) return std::nullopt;
  const Route* route = snapshot_->routes.find(request.question.name.wire());
  if (route == nullptr || !drill_reaches(parts_.board.scope(), *route)) return std::nullopt;
  const double share = how->percent / 100.0;
  bool spoils = parts_.random.chance(share);
  // A packet each way.
  if (how->mode == DrillMode::loss) spoils = parts_.random.chance(share) || spoils;
  spoils = spoils && !pending_.full();
  parts_.board.count(spoils);
  return spoils ? how : std::nullopt;
}

ExchangeStart Injector::start(const Upstream& upstream, const ExchangeRequest& request,
                              ExchangeSink& sink, std::uint64_t token, TimePoint now) noexcept {
  std::optional<Spoiling> how;
  if (parts_.board.active()) how = spoiling_of(upstream, request, now);
  if (!how) return parts_.transport.start(upstream, request, sink, token, now);
  const SlabHandle handle = pending_.emplace(sink, token);
  const bool stream = request.over_tcp || is_stream(upstream.transport);
  switch (how->mode) {
    case DrillMode::timeout:
      return id_of(handle);
    case DrillMode::loss:
      if (!stream) return id_of(handle);
      return hold_back(handle, upstream, request, kRetransmission, now);
    case DrillMode::slow:
      return hold_back(handle, upstream, request, how->delay, now);
    case DrillMode::servfail:
    case DrillMode::refused:
    case DrillMode::nxdomain:
    case DrillMode::empty:
      break;
  }
  Pending& one = *pending_.find(handle);
  one.message = invented_reply(request, how->mode);
  one.over_tcp = stream;
  one.timer = parts_.timers.arm(now + kReplyAfter, *this, handle.token());
  return id_of(handle);
}

ExchangeStart Injector::hold_back(SlabHandle handle, const Upstream& upstream,
                                  const ExchangeRequest& request, Duration delay,
                                  TimePoint now) noexcept {
  const ExchangeStart started =
      parts_.transport.start(upstream, request, *this, handle.token(), now);
  if (!started) {
    pending_.erase(handle);
    return started;
  }
  Pending& one = *pending_.find(handle);
  one.inner = *started;
  one.delay = delay;
  return id_of(handle);
}

bool Injector::spares(const Upstream& upstream, TimePoint now) noexcept {
  return parts_.transport.spares(upstream, now);
}

void Injector::cancel(ExchangeId id) noexcept {
  const auto token = static_cast<std::uint64_t>(id);
  if ((token & kInjectorBit) == 0) return parts_.transport.cancel(id);
  const SlabHandle handle = SlabHandle::from_token(token & ~kInjectorBit);
  Pending* one = pending_.find(handle);
  if (one == nullptr) return;
  if (one->inner) parts_.transport.cancel(*one->inner);
  parts_.timers.cancel(one->timer);
  pending_.erase(handle);
}

/// What was held back has come: it is told later.
void Injector::on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint now) noexcept {
  Pending* one = pending_.find(SlabHandle::from_token(token));
  if (one == nullptr) return;
  one->inner.reset();
  one->message.assign(end.message.begin(), end.message.end());
  one->failure = end.failure;
  one->over_tcp = end.over_tcp;
  one->timer = parts_.timers.arm(now + one->delay, *this, token);
}

void Injector::on_timer(std::uint64_t token, TimePoint now) noexcept {
  const SlabHandle handle = SlabHandle::from_token(token);
  Pending* found = pending_.find(handle);
  if (found == nullptr) return;
  const Pending one = std::move(*found);
  pending_.erase(handle);
  one.sink->on_exchange(one.token, {one.message, one.failure, one.over_tcp}, now);
}

}  // namespace holdfast
