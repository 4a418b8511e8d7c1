#include "net/ens_transport.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "net/trail_notes.h"

namespace holdfast {
namespace {

constexpr std::size_t kMostExchanges = 4096;
constexpr std::size_t kMessageBuffer = 65535;
// Over HTTP/1.1 a connection carries one call at a time: at 60 ms each, 128 of them carry 2,000 a
// second, of this thread. 8 carried a hundred questions at the most (bench/RESULTS.md).
constexpr HttpLimits kEndpointLimits{
    .requests = 4096, .connections_per_host = 128, .connections = 1024};
// Strangers name them, and one question asks a few at most.
constexpr HttpLimits kGatewayLimits{.requests = 256, .connections_per_host = 4, .connections = 32};
constexpr std::uint16_t kAnyId = 0;  // nothing is on the wire that could be mistaken

ens::Answer failure(dns::EdeCode ede, std::string text) {
  ens::Answer answer;
  answer.rcode = dns::Rcode::servfail;
  answer.ede = ede;
  answer.ede_text = std::move(text);
  return answer;
}

}  // namespace

EnsTransport::Web::Web(EventLoop& loop)
    : endpoints(loop, kEndpointLimits), gateways(loop, kGatewayLimits) {}

EnsTransport::EnsTransport(const TransportContext& context)
    : context_(context), exchanges_(kMostExchanges) {}

EnsTransport::~EnsTransport() = default;

std::shared_ptr<EnsTransport::Lane> EnsTransport::lane_of(const Upstream& upstream) {
  std::shared_ptr<Lane>& lane = lanes_[index(upstream.id)];
  if (lane) return lane;
  if (!web_) web_ = std::make_unique<Web>(context_.loop);
  auto made = std::make_shared<Lane>(*this, upstream);
  Lane* raw = made.get();
  raw->client.set_on_heads([this, raw](TimePoint now) { on_heads(*raw, now); });
  return lane = std::move(made);
}

std::optional<SlabHandle> EnsTransport::start(const Upstream& upstream,
                                              const ExchangeRequest& request, ExchangeSink& sink,
                                              std::uint64_t token) noexcept {
  try {
    auto lane = lane_of(upstream);
    if (buffer_.empty()) buffer_.resize(kMessageBuffer);
    const SlabHandle handle = exchanges_.emplace();
    Exchange* exchange = exchanges_.find(handle);
    if (exchange == nullptr) return std::nullopt;
    exchange->sink = &sink;
    exchange->token = token;
    exchange->question = request.question;
    exchange->lane = std::move(lane);
    exchange->trail = request.trail;
    fresh_.push_back(handle);
    settle_soon();
    return handle;
  } catch (const std::exception&) {  // no descriptors, no memory
    return std::nullopt;
  }
}

void EnsTransport::settle_soon() {
  if (std::exchange(settling_, true)) return;
  context_.loop.post([this] { settle(); });
}

/// What may call sinks waits for the loop: start() and cancel() must not.
void EnsTransport::settle() {
  settling_ = false;
  gone_.clear();
  const TimePoint now = context_.loop.now();
  for (const SlabHandle handle : std::exchange(fresh_, {}))
    begin_or_wait(handle, now);
}

void EnsTransport::begin_or_wait(SlabHandle handle, TimePoint now) {
  Exchange* exchange = exchanges_.find(handle);
  if (exchange == nullptr) return;
  if (begin(handle, *exchange, now)) {
    advance(handle, now);
  } else {
    exchange->lane->waiting.push_back(handle);
  }
}

/// False while there is no block to ask at.
bool EnsTransport::begin(SlabHandle handle, Exchange& exchange, TimePoint now) {
  Lane& lane = *exchange.lane;
  const auto block = lane.client.block(now);
  if (block) {
    resolve_at(exchange, *block, now);
    return true;
  }
  if (lane.client.following()) return false;
  end(handle, failure(dns::EdeCode::not_ready, lane.client.why_no_block(now)), now);
  return true;
}

void EnsTransport::resolve_at(Exchange& exchange, const ens::Block& block, TimePoint now) {
  Lane& lane = *exchange.lane;
  exchange.block = block;
  trail::note_block(exchange.trail.get(), block);
  exchange.resolution = std::make_unique<ens::Resolution>(lane.chain->bridge, lane.memory,
                                                          exchange.block, exchange.question, now);
}

/// A block of which nobody knows anything was an old one, one of a fork, or a lie: if a better one
/// is known by now, all begins anew there, once.
bool EnsTransport::move_on(Exchange& exchange, TimePoint now) {
  if (exchange.moved) return false;
  const auto block = exchange.lane->client.block(now);
  if (!block || block->hash == exchange.block.hash) return false;
  exchange.moved = true;
  resolve_at(exchange, *block, now);
  return true;
}

void EnsTransport::on_heads(Lane& lane, TimePoint now) {
  for (const SlabHandle handle : std::exchange(lane.waiting, {}))
    begin_or_wait(handle, now);
}

/// Goes on until somebody has to be waited for, or the answer is there.
void EnsTransport::advance(SlabHandle handle, TimePoint now) {
  for (;;) {
    Exchange* exchange = exchanges_.find(handle);
    if (exchange == nullptr || !exchange->resolution) return;
    trail::note_leg(exchange->trail.get(), exchange->resolution->leg());
    if (const ens::Answer* answer = exchange->resolution->answer()) {
      const ens::Answer told = *answer;
      return end(handle, told, now);
    }
    if (!exchange->inquiry && !take_asks(handle, *exchange, now)) {
      if (exchange->fetches.empty()) {
        return end(handle, failure(dns::EdeCode::other, "nothing is left to ask"), now);
      }
      TimerQueue& timers = context_.loop.timers();
      timers.cancel(exchange->alarm);
      exchange->alarm = timers.arm(exchange->resolution->deadline(), *this, handle.token());
      return;
    }
    if (!exchange->inquiry) continue;
    ask_endpoints(handle, *exchange, now);
    if (!exchange->inquiry->done()) return;
    conclude(*exchange, now);
  }
}

/// What the resolution asks for now; false if for nothing.
bool EnsTransport::take_asks(SlabHandle handle, Exchange& exchange, TimePoint now) {
  auto asks = exchange.resolution->take_asks();
  for (ens::Ask& ask : asks) {
    if (std::holds_alternative<ens::ChainCall>(ask.what)) {
      take_call(exchange, ask, now);
    } else {
      ask_gateway(handle, exchange, ask, now);
    }
  }
  return !asks.empty();
}

void EnsTransport::take_call(Exchange& exchange, ens::Ask& ask, TimePoint now) {
  ChainClient& client = exchange.lane->client;
  context_.loop.timers().cancel(exchange.alarm);
  auto& call = std::get<ens::ChainCall>(ask.what);
  auto order = client.order(exchange.block, now);
  if (call.elsewhere) {
    // Whoever was believed comes last.
    std::ranges::stable_partition(order, [&exchange](const rpc::Voice& voice) {
      return std::ranges::find(exchange.believed, voice.endpoint) == exchange.believed.end();
    });
  }
  trail::note_call(exchange.trail.get(), call, client.chain());
  exchange.lane->hedges.earn();
  exchange.ask = ask.id;
  exchange.call = std::move(call);
  exchange.inquiry.emplace(client.chain().mode, client.chain().quorum, std::move(order));
}

// ---- gateways ----

void EnsTransport::ask_gateway(SlabHandle handle, Exchange& exchange, const ens::Ask& ask,
                               TimePoint now) {
  const auto& request = std::get<ens::GatewayRequest>(ask.what);
  const auto fetch = exchange.lane->gateways.fetch(
      request, [this, handle, id = ask.id](ens::GatewayReply reply, TimePoint then) {
        on_gateway(handle, id, std::move(reply), then);
      });
  if (fetch) {
    const auto noted = trail::note_fetch(exchange.trail.get(), request.url, now);
    exchange.fetches.push_back({ask.id, *fetch, noted});
  } else {
    exchange.resolution->on_gateway(ask.id, {}, now);  // not reached
  }
}

void EnsTransport::on_gateway(SlabHandle handle, ens::AskId ask, ens::GatewayReply reply,
                              TimePoint now) {
  Exchange* exchange = exchanges_.find(handle);
  if (exchange == nullptr || !exchange->resolution) return;
  std::erase_if(exchange->fetches, [&](const OpenFetch& open) {
    if (open.ask != ask) return false;
    trail::note_fetched(exchange->trail.get(), open.noted, reply, now);
    return true;
  });
  exchange->resolution->on_gateway(ask, std::move(reply), now);
  advance(handle, now);
}

// ---- calls ----

void EnsTransport::ask_endpoints(SlabHandle handle, Exchange& exchange, TimePoint now) {
  ChainClient& client = exchange.lane->client;
  ChainTrail* const trail = exchange.trail.get();
  auto asked = exchange.inquiry->take_asks();
  while (!asked.empty()) {
    for (const std::size_t endpoint : asked) {
      const auto call = client.call(endpoint, exchange.call, exchange.block,
                                    [this, handle, endpoint](const auto& said, TimePoint then) {
                                      on_said(handle, endpoint, said, then);
                                    });
      if (trail != nullptr) trail::note_asked(trail, client.chain().name_of(endpoint), now);
      if (call) {
        exchange.open.push_back({endpoint, *call});
        context_.loop.timers().cancel(exchange.alarm);
        exchange.alarm =
            context_.loop.timers().arm(now + client.hedge_after(endpoint), *this, handle.token());
      } else {
        exchange.inquiry->on_failed(endpoint, {rpc::Fault::unreachable, "nothing could be sent"});
      }
    }
    asked = exchange.inquiry->take_asks();
  }
}

void EnsTransport::on_said(SlabHandle handle, std::size_t endpoint,
                           const ChainClient::CallSaid& said, TimePoint now) {
  Exchange* exchange = exchanges_.find(handle);
  if (exchange == nullptr || !exchange->inquiry) return;
  std::erase_if(exchange->open, [=](const OpenCall& open) { return open.endpoint == endpoint; });
  if (exchange->trail) {
    const std::string name = exchange->lane->chain->name_of(endpoint);
    trail::note_said(exchange->trail.get(), name, said, now);
  }
  if (const auto* end = std::get_if<rpc::CallEnd>(&said)) {
    exchange->inquiry->on_said(endpoint, *end);
  } else {
    exchange->inquiry->on_failed(endpoint, std::get<rpc::Failure>(said));
  }
  advance(handle, now);
}

/// The endpoints have spoken: the resolution goes on with what is believed.
void EnsTransport::conclude(Exchange& exchange, TimePoint now) {
  drop_open(exchange);
  for (const std::size_t endpoint : exchange.inquiry->dissenters())
    exchange.lane->client.note_dissent(endpoint);
  exchange.believed = exchange.inquiry->winners();
  trail::note_end(exchange.trail.get(), *exchange.inquiry, *exchange.lane->chain);
  ens::CallResult result = exchange.inquiry->result();
  if (result.ede == dns::EdeCode::other)
    result.text += " at block " + ens::to_hex(exchange.block.hash);
  exchange.inquiry.reset();
  if (result.status == ens::CallResult::Status::failed && move_on(exchange, now)) return;
  exchange.resolution->on_call(exchange.ask, result, now);
}

void EnsTransport::drop_open(Exchange& exchange) noexcept {
  context_.loop.timers().cancel(exchange.alarm);
  for (const OpenCall& open : exchange.open)
    exchange.lane->client.cancel(open.call);
  exchange.open.clear();
  for (const OpenFetch& open : exchange.fetches)
    exchange.lane->gateways.cancel(open.fetch);
  exchange.fetches.clear();
}

void EnsTransport::on_timer(std::uint64_t token, TimePoint now) noexcept {
  const SlabHandle handle = SlabHandle::from_token(token);
  try {
    on_slow(handle, now);
  } catch (const std::exception&) {  // no memory
    const Exchange* exchange = exchanges_.find(handle);
    if (exchange == nullptr) return;
    ExchangeSink& sink = *exchange->sink;
    const std::uint64_t its_token = exchange->token;
    erase(handle);
    sink.on_exchange(its_token, {}, now);
  }
}

/// Those asked are slow.
void EnsTransport::on_slow(SlabHandle handle, TimePoint now) {
  Exchange* exchange = exchanges_.find(handle);
  if (exchange == nullptr || !exchange->resolution) return;
  if (exchange->inquiry) {
    for (const OpenCall& open : exchange->open)
      exchange->lane->client.note_overdue(open.endpoint);
    if (!exchange->lane->hedges.take()) return;
    exchange->inquiry->on_slow();
  } else {
    exchange->resolution->on_time(now);
  }
  advance(handle, now);
}

void EnsTransport::end(SlabHandle handle, const ens::Answer& answer, TimePoint now) {
  Exchange& exchange = *exchanges_.find(handle);
  ExchangeSink& sink = *exchange.sink;
  const std::uint64_t token = exchange.token;
  const auto message = ens::write_answer(exchange.question, kAnyId, answer, buffer_);
  erase(handle);
  sink.on_exchange(token, {.message = message, .over_tcp = true}, now);
}

void EnsTransport::cancel(SlabHandle handle) noexcept {
  if (exchanges_.find(handle) != nullptr) erase(handle);
}

/// The lane may be the one that is calling: it goes when that call has ended.
void EnsTransport::erase(SlabHandle handle) noexcept {
  Exchange& exchange = *exchanges_.find(handle);
  drop_open(exchange);
  if (exchange.lane.use_count() == 1) {
    gone_.push_back(std::move(exchange.lane));
    settle_soon();
  }
  exchanges_.erase(handle);
}

void EnsTransport::retire(UpstreamId id) {
  if (auto lane = std::exchange(lanes_[index(id)], nullptr)) {
    gone_.push_back(std::move(lane));
    settle_soon();
  }
}

void EnsTransport::reset(UpstreamId id) {
  if (const auto& lane = lanes_[index(id)]) lane->client.forget();
}

std::vector<std::string> EnsTransport::endpoint_faults(UpstreamId id) const {
  std::vector<std::string> faults;
  const auto& lane = lanes_[index(id)];
  if (!lane) return faults;
  for (std::size_t i = 0; i < lane->chain->endpoints.size(); ++i)
    faults.push_back(lane->client.fault_of(i));
  return faults;
}

std::string EnsTransport::fault_of(UpstreamId id) const {
  const std::vector<std::string> faults = endpoint_faults(id);
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (!faults[i].empty()) return lanes_[index(id)]->chain->name_of(i) + ": " + faults[i];
  }
  return {};
}

void EnsTransport::close() noexcept {
  exchanges_.for_each([this](SlabHandle handle, Exchange& exchange) {
    drop_open(exchange);
    exchanges_.erase(handle);
  });
  for (auto& lane : lanes_)
    lane.reset();
  fresh_.clear();
  gone_.clear();
  if (!web_) return;
  web_->endpoints.close();
  web_->gateways.close();
}

}  // namespace holdfast
