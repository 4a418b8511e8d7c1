#include "net/tcp_transport.h"

#include <algorithm>
#include <utility>

#include "dns/header.h"
#include "dns/reply_check.h"
#include "net/descriptor_room.h"

namespace holdfast {
namespace {

constexpr std::size_t kMaxExchanges = 16'384;
constexpr std::size_t kMaxConnections = 1'024;
constexpr std::size_t kReadBuffer = std::size_t{64} * 1024;
// Exchanges given up in a row before a connection that stands is not trusted any more: a peer that
// vanished without a word would hold it for minutes.
constexpr unsigned kUnheardLimit = 3;

}  // namespace

TcpTransport::TcpTransport(const TransportContext& context, const TcpPolicy& policy)
    : context_(context),
      policy_(policy),
      exchanges_(kMaxExchanges),
      connections_(kMaxConnections),
      poller_(context.loop,
              [this](std::uint64_t token, std::uint32_t what) {
                on_ready(SlabHandle::from_token(token), what);
              }),
      read_buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(kReadBuffer)) {
  context_.loop.at_turn_end([this] { flush(); });
}

std::optional<SlabHandle> TcpTransport::start(const Upstream& upstream,
                                              const ExchangeRequest& request, ExchangeSink& sink,
                                              std::uint64_t token, TimePoint now) noexcept {
  const SlabHandle handle = exchanges_.emplace();
  Exchange* exchange = exchanges_.find(handle);
  if (exchange == nullptr) return std::nullopt;
  exchange->sink = &sink;
  exchange->token = token;
  exchange->upstream = upstream.id;
  exchange->shape = query_shape(upstream, request);
  exchange->question = request.question;
  lane_of(upstream);
  if (const auto failure = send(handle, now)) {
    if (*failure == Outcome::no_socket) {
      exchanges_.erase(handle);
      return std::nullopt;
    }
    end_soon(handle, *failure);
  }
  return handle;
}

TcpTransport::Lane& TcpTransport::lane_of(const Upstream& upstream) {
  auto& lane = lanes_[index(upstream.id)];
  if (!lane) {
    lane = std::make_unique<Lane>(Lane{UpstreamTarget(upstream, context_.endpoints), {}});
    if (is_encrypted(upstream.transport)) lane->tls.emplace(upstream, context_.trust);
  }
  return *lane;
}

/// Puts the exchange on a connection; its query leaves when the loop's turn ends, in one segment
/// and one record of TLS with the others of the turn. The outcome if there is no connection.
std::optional<Outcome> TcpTransport::send(SlabHandle handle, TimePoint now) {
  Exchange& exchange = *exchanges_.find(handle);
  const Pick picked = pick(exchange.upstream, now);
  UpstreamConnection* connection = connections_.find(picked.connection);
  if (connection == nullptr) return picked.failure;
  const auto id = connection->pending.unused_id(context_.random);
  if (!id) return Outcome::no_socket;
  exchange.shape.id = *id;
  exchange.connection = picked.connection;
  std::array<std::uint8_t, kQueryBuffer> buffer;
  const auto query = dns::write_query(exchange.question, exchange.shape, buffer);
  if (!connection->queue(query)) return Outcome::no_socket;
  connection->pending.add(*id, handle);
  Lane& lane = *lanes_[index(exchange.upstream)];
  exchange.joined = connection->ready();
  if (exchange.joined) lane.target.asked(now);
  lane.asked = connection->last_used = now;
  if (!std::exchange(connection->gathering, true)) gathered_.push_back(picked.connection);
  context_.loop.gather();
  return std::nullopt;
}

void TcpTransport::flush() {
  for (const SlabHandle handle : gathered_) {
    UpstreamConnection* connection = connections_.find(handle);
    if (connection == nullptr || connection->broken) continue;
    connection->gathering = false;
    if (const auto failure = connection->flush()) {
      break_soon(handle, *failure);  // the exchanges are dealt with there
    } else {
      await(handle);
    }
  }
  gathered_.clear();
}

/// A connection with room, opened if need be.
TcpTransport::Pick TcpTransport::pick(UpstreamId id, TimePoint now) {
  Lane* lane = lanes_[index(id)].get();
  if (lane == nullptr) return {};  // retired meanwhile
  const auto peer = lane->target.endpoint(now);
  if (!peer) return {};
  SlabHandle stale;
  for (const SlabHandle handle : lane->connections) {
    const UpstreamConnection& connection = *connections_.find(handle);
    if (connection.peer != *peer) {
      if (connection.reached()) stale = handle;
    } else if (connection.pending.size() < policy_.pending && !connection.going_away() &&
               connection.has_room()) {
      return {handle};
    }
  }
  if (stale != SlabHandle{}) retire(stale);
  if (lane->connections.size() >= policy_.connections) return {};
  return open(id, now);
}

TcpTransport::Pick TcpTransport::open(UpstreamId id, TimePoint now) {
  UpstreamTarget& target = lanes_[index(id)]->target;
  auto& tls = lanes_[index(id)]->tls;
  if (tls && !tls->can_judge()) return {{}, Outcome::tls_failed};
  Outcome failure = Outcome::no_socket;
  for (std::size_t tried = 0; tried < target.choices(); ++tried) {
    const Endpoint peer = *target.endpoint(now);
    const Endpoint& hop = tls ? tls->next_hop(peer) : peer;
    auto opened = open_upstream_socket(SocketKind::tcp, hop, target.origin());
    context_.counters.of(id).tcp_connects.add();
    if (opened) return keep(id, peer, std::move(*opened), now);
    const int error = opened.error().value();
    if (means_no_descriptors(error)) context_.counters.upstreams_without_descriptor.add();
    failure = outcome_of(error);
    if (failure == Outcome::no_socket) break;
    target.move_on_from(peer);
  }
  return {{}, failure};
}

/// Makes a connection of a socket that is connecting.
TcpTransport::Pick TcpTransport::keep(UpstreamId id, const Endpoint& peer, OwnedFd socket,
                                      TimePoint now) {
  Lane& lane = *lanes_[index(id)];
  SecureLink link;
  if (lane.tls) link = lane.tls->begin(peer, now);
  if (lane.tls && !link.tls) return {{}, Outcome::tls_failed};
  const SlabHandle handle = connections_.emplace(std::move(socket), id, peer, now, std::move(link));
  UpstreamConnection* connection = connections_.find(handle);
  if (connection == nullptr) return {};
  if (!poller_.watch(connection->fd(), handle.token(), UpstreamPoller::kWritable)) {
    connections_.erase(handle);
    return {};
  }
  const bool alone = lane.target.choices() <= 1;
  if (!alone || connection->tls() != nullptr) {
    const Duration patience = alone ? policy_.handshake : policy_.attempt;
    connection->stall = context_.loop.timers().arm(now + patience, *this, handle.token());
  }
  lane.connections.push_back(handle);
  return {handle};
}

/// It takes its time: the upstream's next address is tried beside it. What waits stays where it is
/// until one of them is reached.
void TcpTransport::race(UpstreamConnection& connection, TimePoint now) {
  const auto& lane = lanes_[index(connection.upstream)];
  if (!lane || connection.retired) return;
  if (connection.rivals + 1 >= lane->target.choices()) return;  // each has had its turn
  ++connection.rivals;
  lane->target.move_on_from(connection.peer);
  const auto next = lane->target.endpoint(now);
  const bool tried = std::ranges::any_of(lane->connections, [&](SlabHandle handle) {
    return connections_.find(handle)->peer == next;
  });
  if (!tried && lane->connections.size() < policy_.connections) {
    (void)open(connection.upstream, now);
  }
}

/// The first to be reached is used; what waited for others goes there.
void TcpTransport::settle_race(const UpstreamConnection& winner) {
  const auto& lane = lanes_[index(winner.upstream)];
  if (!lane || winner.retired) return;
  std::vector<SlabHandle> outrun;
  for (const SlabHandle handle : lane->connections) {
    const UpstreamConnection& other = *connections_.find(handle);
    if (!other.reached() && other.peer != winner.peer) outrun.push_back(handle);
  }
  if (outrun.empty()) return;
  lane->target.prefer(winner.peer);
  for (const SlabHandle handle : outrun) {
    connections_.find(handle)->outrun = true;
    break_soon(handle, Outcome::closed);
  }
}

void TcpTransport::cancel(SlabHandle handle) noexcept {
  const Exchange* exchange = exchanges_.find(handle);
  if (exchange == nullptr) return;
  const SlabHandle connection_handle = exchange->connection;
  if (UpstreamConnection* connection = connections_.find(connection_handle)) {
    connection->forget(exchange->shape.id);
    if (++connection->unheard >= kUnheardLimit) {
      if (const auto& lane = lanes_[index(connection->upstream)]) {
        lane->target.move_on_from(connection->peer);
        if (lane->tls) lane->tls->note_fault("it is connected, and does not answer");
      }
      retire(connection_handle);
    } else if (connection->retired && connection->pending.empty()) {
      break_soon(connection_handle, Outcome::closed);
    }
  }
  exchanges_.erase(handle);
}

bool TcpTransport::connected(UpstreamId id) noexcept {
  const auto& lane = lanes_[index(id)];
  return lane && !lane->connections.empty();
}

void TcpTransport::on_ready(SlabHandle handle, std::uint32_t what) {
  UpstreamConnection* connection = connections_.find(handle);
  if (connection == nullptr || connection->broken) return;
  if (const auto failure = progress(*connection, what)) {
    break_soon(handle, *failure);
  } else if (!connection->broken) {
    await(handle);
    if (connection->going_away() && !connection->retired) retire(handle);
  }
}

std::optional<Outcome> TcpTransport::progress(UpstreamConnection& connection, std::uint32_t what) {
  const TimePoint now = context_.loop.now();
  const bool was_reached = connection.reached();
  const bool was_ready = connection.ready();
  connection.last_heard = now;
  std::optional<Outcome> failure;
  if (connection.connecting() || (what & UpstreamPoller::kWritable) != 0) {
    failure = connection.on_writable();
  }
  if (!failure && (what & (UpstreamPoller::kReadable | UpstreamPoller::kFailed)) != 0) {
    failure = read(connection, now);
  }
  if (!was_reached && connection.reached()) settle_race(connection);
  if (!was_ready && connection.ready()) begin_to_wait(connection, now);
  return failure;
}

/// What waited for the connection has gone out: from now on the server is silent.
void TcpTransport::begin_to_wait(const UpstreamConnection& connection, TimePoint now) {
  const auto& lane = lanes_[index(connection.upstream)];
  if (!lane || connection.retired || connection.pending.empty()) return;
  if (lane->target.endpoint(now) == connection.peer) lane->target.asked(now);
}

std::optional<Outcome> TcpTransport::read(UpstreamConnection& connection, TimePoint now) {
  const bool was_handshaking = connection.handshaking();
  const auto take = [&](dns::Bytes message) { return on_message(connection, message, now); };
  const auto failed = [&](std::uint16_t id, Outcome outcome) {
    on_request_failed(connection, id, outcome, now);
  };
  const auto failure = connection.read({read_buffer_.get(), kReadBuffer}, {take, failed});
  if (connection.tls() != nullptr) learn(connection, was_handshaking, now);
  return failure;
}

/// One query will have no reply; the connection may serve others.
void TcpTransport::on_request_failed(UpstreamConnection& connection, std::uint16_t id,
                                     Outcome outcome, TimePoint now) {
  connection.unheard = 0;
  if (const auto& lane = lanes_[index(connection.upstream)]) note_fault(connection, *lane);
  const auto* pending = connection.pending.find(id);
  if (pending == nullptr) return;
  const SlabHandle handle = pending->exchange;
  Exchange& exchange = *exchanges_.find(handle);
  const SlabHandle connection_handle = exchange.connection;
  connection.pending.forget(id);
  std::optional<Outcome> failure = outcome;
  if (may_send_again(exchange, outcome, connection.answered || connection.going_away()))
    failure = send(handle, now);
  if (failure) end_soon(handle, *failure);
  if (connection.retired && connection.pending.empty()) {
    break_soon(connection_handle, Outcome::closed);
  }
}

void TcpTransport::learn(UpstreamConnection& connection, bool was_handshaking, TimePoint now) {
  const auto& lane = lanes_[index(connection.upstream)];
  const bool ended = was_handshaking && !connection.handshaking();
  // A retired one's session is for whom its own identity was good, not for the id's present one.
  if (lane && lane->tls && !connection.retired) {
    if (ended) lane->tls->note_handshake(*connection.tls(), now);
    lane->tls->learn(*connection.tls());
  }
  if (!ended) return;
  UpstreamCounters& counters = context_.counters.of(connection.upstream);
  counters.tls_handshakes.add();
  if (connection.tls()->resumed()) counters.tls_resumptions.add();
}

/// Is it reached, and does the server still take part in the handshake? Connecting has a patience
/// of its own.
void TcpTransport::on_timer(std::uint64_t token, TimePoint now) noexcept {
  const SlabHandle handle = SlabHandle::from_token(token);
  UpstreamConnection* connection = connections_.find(handle);
  if (connection == nullptr || connection->broken) return;
  if (!connection->reached()) race(*connection, now);
  if (!connection->handshaking()) return;
  const TimePoint heard = connection->connecting() ? now : connection->last_heard;
  if (now - heard >= policy_.handshake) return break_soon(handle, Outcome::tls_stalled);
  connection->stall = context_.loop.timers().arm(heard + policy_.handshake, *this, handle.token());
}

std::string TcpTransport::fault_of(UpstreamId id) const {
  const auto& lane = lanes_[index(id)];
  return lane && lane->tls ? lane->tls->fault() : std::string();
}

std::int64_t TcpTransport::certificates_end(UpstreamId id) const noexcept {
  const auto& lane = lanes_[index(id)];
  return lane && lane->tls ? lane->tls->certificates_end() : 0;
}

/// False: this is no DNS server.
bool TcpTransport::on_message(UpstreamConnection& connection, dns::Bytes message, TimePoint now) {
  UpstreamCounters& counters = context_.counters.of(connection.upstream);
  const auto header = dns::Header::read(message);
  if (!header || !header->has(dns::flag::qr)) return false;
  connection.answered = true;
  connection.unheard = 0;
  if (const auto& lane = lanes_[index(connection.upstream)]) {
    lane->target.heard(connection.peer);
    if (lane->tls) lane->tls->note_reply();
  }
  connection.last_used = now;
  const auto* pending = connection.pending.find(header->id);
  if (pending == nullptr) {
    counters.ignored_wrong_id.add();
    return true;
  }
  const SlabHandle handle = pending->exchange;
  const Exchange& exchange = *exchanges_.find(handle);
  switch (dns::check_reply(message, exchange.shape.id, exchange.question)) {
    case dns::ReplyMatch::match:
    case dns::ReplyMatch::no_question:
    case dns::ReplyMatch::wrong_case:  // nobody can forge on a connection: case proves nothing
      end(handle, {.message = message, .over_tcp = true}, now);
      return true;
    case dns::ReplyMatch::wrong_id:
    case dns::ReplyMatch::not_a_response:
    case dns::ReplyMatch::wrong_question:
      break;
  }
  counters.ignored_wrong_question.add();
  return true;
}

/// Watches for what the connection needs next.
void TcpTransport::await(SlabHandle handle) noexcept {
  UpstreamConnection& connection = *connections_.find(handle);
  const bool writes = connection.connecting() || connection.has_unsent();
  const std::uint32_t what = UpstreamPoller::kReadable | (writes ? UpstreamPoller::kWritable : 0);
  if (std::exchange(connection.watched, what) == what) return;
  poller_.rewatch(connection.fd(), handle.token(), what);
}

void TcpTransport::retire(UpstreamId id) {
  if (const auto lane = std::exchange(lanes_[index(id)], nullptr)) {
    for (const SlabHandle handle : lane->connections)
      retire(handle);
  }
}

void TcpTransport::retire(SlabHandle handle) {
  UpstreamConnection& connection = *connections_.find(handle);
  connection.retired = true;
  if (const auto& lane = lanes_[index(connection.upstream)]) {
    std::erase(lane->connections, handle);
  }
  if (connection.pending.empty()) break_soon(handle, Outcome::closed);
}

void TcpTransport::reset(UpstreamId id) {
  connections_.for_each([this, id](SlabHandle handle, UpstreamConnection& connection) {
    if (connection.upstream == id) break_soon(handle, Outcome::no_socket);
  });
  if (const auto& lane = lanes_[index(id)]) lane->target.start_over();
}

/// Takes the connection out of use at once; its exchanges are dealt with by settle(), because
/// start() and cancel(), which may be the callers, must not call sinks.
void TcpTransport::break_soon(SlabHandle handle, Outcome outcome) {
  UpstreamConnection& connection = *connections_.find(handle);
  if (connection.broken) return;
  connection.broken = outcome;
  if (const auto& lane = lanes_[index(connection.upstream)]) {
    std::erase(lane->connections, handle);
    if (is_turned_away(outcome)) lane->target.move_on_from(connection.peer);
    if (outcome != Outcome::closed) note_fault(connection, *lane);
  }
  poller_.unwatch(connection.fd());
  broken_.push_back(handle);
  settle_soon();
}

/// A retired connection says nothing of the upstream that has its id now.
void TcpTransport::note_fault(const UpstreamConnection& connection, Lane& lane) {
  if (!lane.tls || connection.retired) return;
  if (connection.broken == Outcome::tls_stalled) {
    lane.tls->note_fault(connection.tunnelling() ? "the proxy fell silent"
                                                 : "the server fell silent in the TLS handshake");
  } else if (!connection.fault().empty()) {
    lane.tls->note_fault(connection.fault());
  } else if (connection.broken == Outcome::malformed) {
    lane.tls->note_fault("what it sends is no DNS message");
  }
}

void TcpTransport::end_soon(SlabHandle exchange, Outcome outcome) {
  endings_.push_back({exchange, outcome});
  settle_soon();
}

void TcpTransport::settle_soon() {
  if (std::exchange(settling_, true)) return;
  context_.loop.post([this] { settle(); });
}

void TcpTransport::settle() {
  settling_ = false;
  const TimePoint now = context_.loop.now();
  for (const SlabHandle handle : std::exchange(broken_, {}))
    wind_up(handle, now);
  for (const Ending& ending : std::exchange(endings_, {})) {
    if (exchanges_.find(ending.exchange) == nullptr) continue;  // cancelled meanwhile
    end(ending.exchange, {.message = {}, .failure = ending.outcome, .over_tcp = true}, now);
  }
}

/// Once more after a connection that had worked, or stood before the query came; and an upstream
/// has failed only when each of its addresses has.
bool TcpTransport::may_send_again(Exchange& exchange, Outcome outcome, bool had_worked) noexcept {
  if (outcome == Outcome::closed) {
    return (had_worked || exchange.joined) && !std::exchange(exchange.resent, true);
  }
  if (!is_turned_away(outcome)) return false;
  const auto& lane = lanes_[index(exchange.upstream)];
  return lane && ++exchange.refusals < lane->target.choices();
}

/// Closes a broken connection and finds its exchanges another one, or ends them. If it raced
/// another one, the address after it takes its place.
void TcpTransport::wind_up(SlabHandle handle, TimePoint now) {
  UpstreamConnection* connection = connections_.find(handle);
  if (connection == nullptr) return;
  const Outcome outcome = *connection->broken;
  const UpstreamId upstream = connection->upstream;
  const bool had_worked = connection->answered;
  const bool outrun = connection->outrun;
  const bool lost_race = !connection->reached() && !outrun;
  const bool warm = wants_warm(*connection, now);
  const bool retired = connection->retired;
  bool unanswered = false;
  const auto pending = connection->pending.take();
  if (outcome == Outcome::closed) connection->part();
  drop(handle);
  for (const auto& entry : pending) {
    Exchange* exchange = exchanges_.find(entry.exchange);
    if (exchange == nullptr) continue;  // cancelled by the sink of another one
    std::optional<Outcome> failure = outcome;
    if (outrun || may_send_again(*exchange, outcome, had_worked)) {
      failure = send(entry.exchange, now);
    }
    if (!failure) continue;
    unanswered = true;
    end_soon(entry.exchange, *failure);
  }
  const auto& lane = lanes_[index(upstream)];
  if (!lane) return;
  if (unanswered && lane->tls && outcome == Outcome::closed && !retired) {
    lane->tls->note_fault("the server hung up before it answered");
  }
  if (warm && lane->connections.empty()) (void)open(upstream, now);
  if (!lost_race) return;
  const auto rival = std::ranges::find_if(
      lane->connections, [this](SlabHandle other) { return !connections_.find(other)->reached(); });
  if (rival != lane->connections.end()) race(*connections_.find(*rival), now);
}

/// An upstream in use keeps a connection although its server ends those that are idle: the next
/// query should not pay for the handshake.
bool TcpTransport::wants_warm(const UpstreamConnection& ended, TimePoint now) const noexcept {
  const auto& lane = lanes_[index(ended.upstream)];
  return lane && lane->tls && ended.broken == Outcome::closed &&
         (!ended.retired || ended.going_away()) && !ended.handshaking() &&
         now - ended.opened >= policy_.short_lived && now - lane->asked < policy_.idle_tls;
}

void TcpTransport::drop(SlabHandle handle) noexcept {
  if (UpstreamConnection* connection = connections_.find(handle)) {
    context_.loop.timers().cancel(connection->stall);
    connections_.erase(handle);
  }
}

void TcpTransport::end(SlabHandle handle, const ExchangeEnd& how, TimePoint now) {
  const Exchange& exchange = *exchanges_.find(handle);
  ExchangeSink& sink = *exchange.sink;
  const std::uint64_t token = exchange.token;
  const SlabHandle connection_handle = exchange.connection;
  if (UpstreamConnection* connection = connections_.find(connection_handle)) {
    connection->pending.forget(exchange.shape.id);
    if (connection->retired && connection->pending.empty()) {
      break_soon(connection_handle, Outcome::closed);
    }
  }
  exchanges_.erase(handle);
  sink.on_exchange(token, how, now);
}

void TcpTransport::sweep(TimePoint now) {
  connections_.for_each([this, now](SlabHandle handle, UpstreamConnection& connection) {
    if (connection.connecting() && now - connection.opened >= policy_.connect) {
      break_soon(handle, Outcome::unreachable);
      return;
    }
    const Duration idle = connection.tls() != nullptr ? policy_.idle_tls : policy_.idle;
    if (connection.pending.empty() && now - connection.last_used >= idle) {
      break_soon(handle, Outcome::closed);
    }
  });
}

void TcpTransport::close() noexcept {
  poller_.close();
  for (auto& lane : lanes_)
    lane.reset();
  connections_.for_each([this](SlabHandle handle, UpstreamConnection&) { drop(handle); });
  exchanges_.for_each([this](SlabHandle handle, Exchange&) { exchanges_.erase(handle); });
  broken_.clear();
  endings_.clear();
  gathered_.clear();
}

}  // namespace holdfast
