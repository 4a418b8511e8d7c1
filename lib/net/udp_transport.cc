#include "net/udp_transport.h"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include "base/cache_line.h"
#include "dns/header.h"

namespace holdfast {
namespace {

// Beyond these the thread refuses to start more. An exchange lives until its lookup's deadline.
constexpr std::size_t kMaxExchanges = 65'536;
constexpr std::size_t kMaxPorts = 16'384;
constexpr int kSendTries = 3;

}  // namespace

struct UdpTransport::Inbox {
  static constexpr std::size_t kBatch = 32;
  // The largest datagram there is: nothing is ever cut. Pages nobody writes to cost nothing.
  static constexpr std::size_t kDatagram = 65'536;
  static constexpr std::size_t kStride = spread(kDatagram);

  Inbox() : bytes(std::make_unique_for_overwrite<std::uint8_t[]>(kBatch * kStride)) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts[i] = {bytes.get() + i * kStride, kDatagram};
      headers[i].msg_hdr.msg_iov = &parts[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
  }

  [[nodiscard]] dns::Bytes message(std::size_t i) const noexcept {
    return {bytes.get() + i * kStride, headers[i].msg_len};
  }

  std::unique_ptr<std::uint8_t[]> bytes;
  std::array<iovec, kBatch> parts{};
  std::array<mmsghdr, kBatch> headers{};
};

UdpTransport::UdpTransport(const TransportContext& context, const PortPolicy& policy)
    : context_(context),
      policy_(policy),
      exchanges_(kMaxExchanges),
      ports_(kMaxPorts),
      poller_(context.loop, [this](std::uint64_t token,
                                   std::uint32_t) { on_ready(SlabHandle::from_token(token)); }),
      inbox_(std::make_unique<Inbox>()) {
  context_.loop.at_turn_end([this] { flush(); });
}

UdpTransport::~UdpTransport() = default;

std::optional<SlabHandle> UdpTransport::start(const Upstream& upstream,
                                              const ExchangeRequest& request, ExchangeSink& sink,
                                              std::uint64_t token, TimePoint now) noexcept {
  const SlabHandle handle = exchanges_.emplace();
  Exchange* exchange = exchanges_.find(handle);
  if (exchange == nullptr) return std::nullopt;
  exchange->sink = &sink;
  exchange->token = token;
  exchange->upstream = upstream.id;
  exchange->exact_case = request.random_case;
  exchange->shape = query_shape(upstream, request);
  exchange->question = request.question;
  if (request.random_case) exchange->question.name.randomise_case(context_.random);

  if (const auto failure = queue(pool_of(upstream), handle, now)) {
    if (*failure == Outcome::no_socket) {
      exchanges_.erase(handle);
      return std::nullopt;
    }
    end_soon(handle, *failure);
  }
  return handle;
}

/// Writes the query for a port of the pool; it leaves when the loop's turn ends. The outcome if
/// there is no port.
std::optional<Outcome> UdpTransport::queue(PortPool& pool, SlabHandle exchange,
                                           TimePoint now) noexcept {
  if (outbox_.full()) flush();
  const PortPool::Pick pick = pool.pick(context_.random, turn_, now);
  if (pick.no_descriptor) context_.counters.upstreams_without_descriptor.add();
  UdpPort* port = ports_.find(pick.port);
  if (port == nullptr) return pick.failure;
  const auto id = port->pending.unused_id(context_.random);
  if (!id) return Outcome::no_socket;
  Exchange& e = *exchanges_.find(exchange);
  e.shape.id = *id;
  e.port = pick.port;
  e.strays = pool.strays().begin();
  port->pending.add(*id, exchange);
  context_.loop.gather();
  dns::QueryShape shape = e.shape;
  if (shape.edns) shape.cookie = pool.cookies().show(port->source, context_.random, now);
  e.cookie.reset();
  if (!shape.cookie.empty()) e.cookie = client_part(shape.cookie);
  outbox_.add(pick.port, exchange, dns::write_query(e.question, shape, outbox_.room()).size());
  return std::nullopt;
}

void UdpTransport::flush() {
  ++turn_;
  while (!outbox_.empty()) {
    send_again(outbox_.flush([this](const UdpOutbox::Query& query) {
      const Exchange* exchange = exchanges_.find(query.exchange);
      const bool wanted = exchange != nullptr && exchange->port == query.port;
      return wanted ? ports_.find(query.port)->fd.get() : -1;
    }));
  }
}

/// What the kernel said of a port was about the queries before, or about the peer: those it did not
/// take get other ports.
void UdpTransport::send_again(const std::vector<UdpOutbox::Unsent>& unsent) {
  for (const auto& query : unsent) {
    if (query.why == Outcome::no_socket) {
      end_soon(query.exchange, query.why);
    } else if (Exchange* exchange = exchanges_.find(query.exchange)) {
      leave_port(*exchange);
    }
  }
  const TimePoint now = context_.loop.stamp();
  for (const auto& query : unsent) {
    if (query.why == Outcome::no_socket) continue;
    if (ports_.find(query.port) != nullptr) on_port_failed(query.port, query.why);
    Exchange& exchange = *exchanges_.find(query.exchange);
    const auto& pool = pools_[index(exchange.upstream)];
    std::optional<Outcome> failure = query.why;
    if (pool && ++exchange.tries < kSendTries) failure = queue(*pool, query.exchange, now);
    if (failure) end_soon(query.exchange, *failure);
  }
}

PortPool& UdpTransport::pool_of(const Upstream& upstream) {
  auto& pool = pools_[index(upstream.id)];
  if (!pool) {
    pool = std::make_unique<PortPool>(upstream.id, UpstreamTarget(upstream, context_.endpoints),
                                      ports_, poller_, policy_);
  }
  return *pool;
}

void UdpTransport::cancel(SlabHandle handle) noexcept {
  const Exchange* exchange = exchanges_.find(handle);
  if (exchange == nullptr) return;
  if (UdpPort* port = ports_.find(exchange->port)) ++port->owed;
  let_go(handle);
}

/// Nothing is awaited there any more; a port that was only waiting for this goes.
void UdpTransport::leave_port(Exchange& exchange) noexcept {
  const SlabHandle handle = std::exchange(exchange.port, {});
  UdpPort* port = ports_.find(handle);
  if (port == nullptr) return;
  port->pending.forget(exchange.shape.id);
  if (port->retired && port->pending.empty()) ports_.erase(handle);
}

void UdpTransport::let_go(SlabHandle handle) noexcept {
  leave_port(*exchanges_.find(handle));
  exchanges_.erase(handle);
}

void UdpTransport::on_ready(SlabHandle port_handle) {
  const UdpPort* port = ports_.find(port_handle);
  if (port == nullptr) return;
  const int n =
      ::recvmmsg(port->fd.get(), inbox_->headers.data(), Inbox::kBatch, MSG_DONTWAIT, nullptr);
  if (n < 0) {
    const Outcome failure = outcome_of(errno);
    if (failure != Outcome::no_socket) on_port_failed(port_handle, failure);
    return;
  }
  const TimePoint now = context_.loop.now();
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    on_datagram(port_handle, inbox_->message(i), now);
  }
}

void UdpTransport::on_datagram(SlabHandle port_handle, dns::Bytes message, TimePoint now) {
  UdpPort* port = ports_.find(port_handle);
  if (port == nullptr) return;  // closed by what an earlier datagram brought about
  UpstreamCounters& counters = context_.counters.of(port->upstream);
  const auto header = dns::Header::read(message);
  const auto* pending = header ? port->pending.find(header->id) : nullptr;
  const Exchange* exchange = pending != nullptr ? exchanges_.find(pending->exchange) : nullptr;
  if (exchange == nullptr) {
    counters.ignored_wrong_id.add();
    if (!header || !port->answered.has(header->id)) on_stray(*port);
    return;
  }
  const SlabHandle handle = pending->exchange;
  const auto match = dns::check_reply(message, exchange->shape.id, exchange->question);
  switch (match) {
    case dns::ReplyMatch::wrong_id:
      counters.ignored_wrong_id.add();
      return on_stray(*port);
    case dns::ReplyMatch::not_a_response:
    case dns::ReplyMatch::wrong_question:
      counters.ignored_wrong_question.add();
      return on_stray(*port);
    case dns::ReplyMatch::wrong_case:
    case dns::ReplyMatch::match:
    case dns::ReplyMatch::no_question:
      break;
  }
  on_reply(handle, match, message, now);
}

/// The cookie of a reply that matches all else.
CookieProof UdpTransport::proof_of(const Exchange& exchange, dns::Bytes message, TimePoint now) {
  const auto& pool = pools_[index(exchange.upstream)];
  if (!exchange.cookie || !pool) return CookieProof::unexpected;
  return pool->cookies().check(message, *exchange.cookie, now);
}

void UdpTransport::on_reply(SlabHandle handle, dns::ReplyMatch match, dns::Bytes message,
                            TimePoint now) {
  const Exchange& exchange = *exchanges_.find(handle);
  UdpPort& port = *ports_.find(exchange.port);
  UpstreamCounters& counters = context_.counters.of(exchange.upstream);
  const CookieProof proof = proof_of(exchange, message, now);
  if (proof == CookieProof::forged) {
    counters.ignored_wrong_cookie.add();
    return on_stray(port);
  }
  port.answered.add(exchange.shape.id);
  if (const auto& pool = pools_[index(port.upstream)]) pool->target().heard(port.peer);
  if (proof == CookieProof::ours) counters.cookie_replies.add();
  ExchangeEnd how{.message = {}};
  if (proof == CookieProof::missing) {
    how.failure = Outcome::no_cookie;
  } else if (match == dns::ReplyMatch::wrong_case && exchange.exact_case) {
    how.failure = Outcome::wrong_case;
  } else if (proof == CookieProof::refused) {
    how.failure = Outcome::formerr_edns;
  } else {
    how.message = message;
  }
  end(handle, how, now);
}

/// A datagram that answers nothing. Somebody may be guessing: what waits and has seen too much of
/// it is to leave UDP. Late replies to those who gave up waiting are no such thing.
void UdpTransport::on_stray(UdpPort& port) {
  if (port.owed > 0) {
    --port.owed;
    return;
  }
  const auto& pool = pools_[index(port.upstream)];
  if (!pool || !pool->strays().stray()) return;
  pool->strays().look();
  pool->for_each_port([&](UdpPort& open) {
    for (const auto& pending : open.pending.all()) {
      Exchange& exchange = *exchanges_.find(pending.exchange);
      if (!pool->strays().too_many(exchange.strays)) continue;
      exchange.strays = pool->strays().begin();  // it is told once, and ends with this turn
      ++open.owed;
      end_soon(pending.exchange, Outcome::spoofed);
    }
  });
}

/// The network said that the port's peer cannot be reached. Called from start() too, so whoever
/// waits is told later.
void UdpTransport::on_port_failed(SlabHandle port_handle, Outcome outcome) {
  UdpPort& port = *ports_.find(port_handle);
  for (const auto& pending : port.pending.take()) {
    exchanges_.find(pending.exchange)->port = {};
    end_soon(pending.exchange, outcome);
  }
  if (const auto& pool = pools_[index(port.upstream)]) {
    pool->target().move_on_from(port.peer);
    pool->retire(port_handle);
  }
  ports_.erase(port_handle);
}

void UdpTransport::end_soon(SlabHandle exchange, Outcome outcome) {
  if (endings_.empty()) context_.loop.post([this] { end_those(); });
  endings_.push_back({exchange, outcome});
}

void UdpTransport::end_those() {
  const auto endings = std::exchange(endings_, {});
  const TimePoint now = context_.loop.now();
  for (const Ending& ending : endings) {
    if (exchanges_.find(ending.exchange) == nullptr) continue;  // cancelled meanwhile
    if (const auto failure = try_next_address(ending.exchange, ending.outcome, now)) {
      end(ending.exchange, {.message = {}, .failure = *failure}, now);
    }
  }
}

/// An upstream has failed when each of its addresses has. nullopt: the query is on its way again.
std::optional<Outcome> UdpTransport::try_next_address(SlabHandle handle, Outcome failure,
                                                      TimePoint now) noexcept {
  Exchange& exchange = *exchanges_.find(handle);
  const auto& pool = pools_[index(exchange.upstream)];
  if (!is_turned_away(failure) || !pool) return failure;
  if (++exchange.refusals >= pool->target().choices()) return failure;
  return queue(*pool, handle, now);
}

void UdpTransport::end(SlabHandle handle, const ExchangeEnd& how, TimePoint now) {
  const Exchange& exchange = *exchanges_.find(handle);
  ExchangeSink& sink = *exchange.sink;
  const std::uint64_t token = exchange.token;
  let_go(handle);
  sink.on_exchange(token, how, now);
}

void UdpTransport::retire(UpstreamId id) noexcept {
  pools_[index(id)].reset();
}

void UdpTransport::sweep(TimePoint now) noexcept {
  for (const auto& pool : pools_) {
    if (pool) pool->sweep(now);
  }
}

void UdpTransport::close() noexcept {
  poller_.close();
  for (auto& pool : pools_)
    pool.reset();
  exchanges_.for_each([this](SlabHandle handle, Exchange&) { let_go(handle); });
}

}  // namespace holdfast
