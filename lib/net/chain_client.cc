#include "net/chain_client.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "ens/universal_resolver.h"
#include "net/endpoint_request.h"

namespace holdfast {
namespace {

constexpr std::size_t kMostCalls = 4096;
constexpr Duration kCallPatience = 1s;
constexpr Duration kHedgeMin = 50ms, kHedgeMax = 250ms;
constexpr unsigned kHedgeFactor = 4;  // of the smoothed time

std::uint64_t unix_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

/// nullopt: there is a body to read.
std::optional<rpc::Failure> failure_of(const HttpReply& reply) {
  using rpc::Fault;
  switch (reply.end) {
    case HttpReply::End::answered:
      break;
    case HttpReply::End::unreachable:
      return rpc::Failure{Fault::unreachable, reply.why};
    case HttpReply::End::timed_out:
      return rpc::Failure{Fault::timed_out, "no reply within a second"};
    case HttpReply::End::too_large:
      return rpc::Failure{Fault::too_large, "more than 1 MiB"};
  }
  if (reply.status == 200) return std::nullopt;
  rpc::Failure failure{Fault::http_status, "HTTP " + std::to_string(reply.status)};
  if (reply.status == 429) failure.fault = Fault::rate_limited;
  if (reply.status == 401 || reply.status == 403) failure.fault = Fault::unauthorised;
  return failure;
}

rpc::Failure nothing_there() {
  return {rpc::Fault::refused, "no contract there"};
}

/// No name: a resolver must revert, and say why.
ens::Blob call_that_reverts() {
  constexpr std::uint8_t kCutOff = 1;
  return ens::find_resolver_call(ens::Bytes(&kCutOff, 1));
}

}  // namespace

ChainClient::ChainClient(HttpClient& http, Random& random, const EndpointBook& book,
                         std::shared_ptr<const rpc::Chain> chain, ChainCounters& counters)
    : http_(http),
      random_(random),
      book_(book),
      chain_(std::move(chain)),
      states_(chain_->endpoints.size()),
      places_(chain_->endpoints.size()),
      visiting_(chain_->endpoints.size()),
      counters_(counters),
      calls_(kMostCalls) {
  locate();
  show_all(kNever);
}

ChainClient::~ChainClient() {
  calls_.for_each([this](SlabHandle, Call& call) { http_.cancel(call.http); });
  for (const HttpId id : posted_)
    http_.cancel(id);
}

// ---- heads ----

template <typename Value>
const Value* ChainClient::learn(const Heard& heard, const std::variant<Value, rpc::Failure>& read) {
  if (const auto* failure = std::get_if<rpc::Failure>(&read)) {
    learn_failure(heard, *failure);
    return nullptr;
  }
  EndpointCounters& counters = counters_[heard.endpoint];
  counters.ended[static_cast<std::size_t>(heard.purpose)][kEndAnswered].add();
  counters.took.record(heard.took);
  states_[heard.endpoint].on_good(heard.purpose, heard.took);
  return &std::get<Value>(read);
}

void ChainClient::learn_failure(const Heard& heard, const rpc::Failure& failure,
                                std::optional<Duration> again) {
  const auto purpose = static_cast<std::size_t>(heard.purpose);
  counters_[heard.endpoint].ended[purpose][static_cast<std::size_t>(failure.fault)].add();
  const rpc::EndpointSpec& spec = chain_->endpoints[heard.endpoint];
  const rpc::Failure told{failure.fault, rpc::without_secrets(failure.why, spec)};
  states_[heard.endpoint].on_failure(heard.purpose, told, again, heard.now);
}

/// What others are to see of it.
void ChainClient::show(std::size_t endpoint, TimePoint now) {
  const rpc::EndpointState& state = states_[endpoint];
  EndpointView view;
  view.told_at = now;
  view.unready = rpc::unready_at(*chain_, state, height_, now);
  view.fault = state.last_fault();
  view.head = state.head();
  view.head_time = state.head_time();
  view.behind = rpc::blocks_behind(state, height_);
  view.latency = state.latency();
  view.score = rpc::scores_of(*chain_, states_, height_, now)[endpoint];
  view.keeps_revert_data = state.revert_data();
  counters_[endpoint].show(view);
}

void ChainClient::show_all(TimePoint now) {
  for (std::size_t i = 0; i < states_.size(); ++i)
    show(i, now);
}

/// Takes over what the book says of endpoints that are given by host name.
void ChainClient::locate() {
  const std::uint32_t version = book_.hosts_version();
  if (located_ == version) return;
  located_ = version;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const rpc::EndpointSpec& spec = chain_->endpoints[i];
    places_[i] = spec.addresses;
    if (!spec.addresses.empty()) continue;
    if (const auto found = book_.find_host(spec.host)) places_[i] = *found;
    states_[i].set_located(!places_[i].empty());
  }
}

std::optional<ens::Block> ChainClient::block(TimePoint now) {
  locate();
  const auto block = rpc::choose_block(*chain_, states_, now);
  // How far behind the others one is shows only now.
  if (block && std::exchange(height_, block->number) != block->number) show_all(now);
  const bool fresh = std::ranges::all_of(states_, [&](const rpc::EndpointState& state) {
    return state.head_fresh(now) && !state.identity_due(now);
  });
  if (!block || !fresh) follow(now, !block);
  if (!block) seek_common_block(now);
  return block;
}

std::string ChainClient::why_no_block(TimePoint now) const {
  return rpc::why_no_block(*chain_, states_, now);
}

/// Asks every endpoint that is worth it for its head, unless it is being asked already.
void ChainClient::follow(TimePoint now, bool urgent) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const rpc::EndpointState& state = states_[i];
    if (visiting_[i] > 0 || !state.visit_due(now, urgent)) continue;
    const bool due = state.identity_due(now);
    if (due) ask_identity(i);
    if (state.fails_calls() || (due && !state.revert_data())) ask_for_revert(i);
    if (state.syncing_due(now)) ask_syncing(i);
    if (!state.head_fresh(now)) ask_head(i);
  }
}

/// One that is always some blocks ahead has told of none that the others have.
void ChainClient::seek_common_block(TimePoint now) {
  const auto lack = rpc::what_lacks(*chain_, states_, now);
  if (!lack) return;
  for (const std::size_t endpoint : lack->endpoints) {
    if (visiting_[endpoint] == 0 && states_[endpoint].visit_due(now, true))
      ask_header(endpoint, lack->number);
  }
}

/// Asks the endpoint about itself.
void ChainClient::visit(std::size_t endpoint, rpc::Purpose purpose, std::uint64_t id,
                        std::string body, OnHeard on_heard) {
  const auto heard = [this, on_heard = std::move(on_heard)](const Heard& how) {
    on_heard(how);
    --visiting_[how.endpoint];
    --visits_;
    show_all(how.now);
    on_heads_(how.now);
  };
  if (!post(endpoint, purpose, std::move(body), id, heard)) return;
  ++visiting_[endpoint];
  ++visits_;
}

void ChainClient::ask_head(std::size_t endpoint) {
  const std::uint64_t id = ++last_id_;
  visit(endpoint, rpc::Purpose::about, id, rpc::head_request(id, chain_->finality),
        [this](const Heard& heard) {
          if (heard.failure) return;
          const auto read = rpc::read_head_reply(heard.body, heard.id);
          if (const auto* head = learn(heard, read))
            states_[heard.endpoint].on_head(*head, unix_time(), heard.now);
        });
}

void ChainClient::ask_header(std::size_t endpoint, std::uint64_t number) {
  const std::uint64_t id = ++last_id_;
  visit(endpoint, rpc::Purpose::about, id, rpc::header_request(id, number),
        [this, number](const Heard& heard) {
          if (heard.failure) return;
          auto read = rpc::read_head_reply(heard.body, heard.id);
          const auto* told = std::get_if<rpc::Head>(&read);
          if (told != nullptr && told->number != number)
            read = rpc::Failure{rpc::Fault::malformed, "another block than was asked for"};
          if (const auto* header = learn(heard, read)) states_[heard.endpoint].on_header(*header);
        });
}

void ChainClient::ask_identity(std::size_t endpoint) {
  const std::uint64_t id = ++last_id_;
  visit(endpoint, rpc::Purpose::about, id, rpc::chain_id_request(id), [this](const Heard& heard) {
    if (heard.failure) return;
    const auto read = rpc::read_quantity_reply(heard.body, heard.id);
    if (const auto* number = learn(heard, read))
      states_[heard.endpoint].on_identity(*number == chain_->id, heard.now);
  });
}

void ChainClient::ask_syncing(std::size_t endpoint) {
  const std::uint64_t id = ++last_id_;
  visit(endpoint, rpc::Purpose::about, id, rpc::syncing_request(id), [this](const Heard& heard) {
    if (heard.failure) return;
    auto read = rpc::read_syncing_reply(heard.body, heard.id);
    // Some providers do not offer it: then the age of its head must do.
    const auto* failure = std::get_if<rpc::Failure>(&read);
    if (failure != nullptr && failure->fault == rpc::Fault::refused) read = false;
    if (const auto* syncing = learn(heard, read))
      states_[heard.endpoint].on_syncing(*syncing, heard.now);
  });
}

/// Some endpoints strip the data of reverts: then nothing that a revert does not say may be taken
/// for an answer. To one that fails at calls this is the call that shows whether it still does.
void ChainClient::ask_for_revert(std::size_t endpoint) {
  const std::uint64_t id = ++last_id_;
  const ens::Contracts& contracts = chain_->bridge.contracts;
  auto body = contracts.walks()
                  ? rpc::revert_request(id)
                  : rpc::call_request(id, contracts.universal_resolver, call_that_reverts(), {},
                                      rpc::BlockForm::latest);
  visit(endpoint, rpc::Purpose::call, id, std::move(body), [this](const Heard& heard) {
    if (heard.failure) return;
    auto read = rpc::read_call_reply(heard.body, heard.id);
    const auto* said = std::get_if<rpc::CallEnd>(&read);
    if (said != nullptr && !said->reverted && said->data.empty()) read = nothing_there();
    const auto* end = learn(heard, read);
    if (end != nullptr && end->reverted) states_[heard.endpoint].on_revert(!end->bare);
  });
}

// ---- calls ----

std::vector<rpc::Voice> ChainClient::order(const ens::Block& block, TimePoint now) {
  return rpc::order_of(*chain_, states_, block, random_, now);
}

std::optional<SlabHandle> ChainClient::call(std::size_t endpoint, const ens::ChainCall& call,
                                            const ens::Block& block, CallDone done) {
  const auto form = states_[endpoint].by_number() && states_[endpoint].has(block)
                        ? rpc::BlockForm::number
                        : rpc::BlockForm::hash;
  const SlabHandle handle =
      calls_.emplace(Call{HttpId{}, endpoint, call, block, form, std::move(done)});
  Call* made = calls_.find(handle);
  if (made == nullptr) return std::nullopt;
  if (send(handle, *made)) return handle;
  calls_.erase(handle);
  return std::nullopt;
}

bool ChainClient::send(SlabHandle handle, Call& call) {
  const std::uint64_t id = ++last_id_;
  auto body = rpc::call_request(id, call.what.to, call.what.data, call.block, call.form);
  const auto posted = post(call.endpoint, rpc::Purpose::call, std::move(body), id,
                           [this, handle](const Heard& heard) { on_said(handle, heard); });
  if (posted) call.http = *posted;
  return posted.has_value();
}

void ChainClient::on_said(SlabHandle handle, const Heard& heard) {
  Call* call = calls_.find(handle);
  if (call == nullptr) return;
  const CallSaid said = read_call(*call, heard);
  show(call->endpoint, heard.now);
  if (try_by_number(handle, *call, said)) return;
  const CallDone done = std::move(call->done);
  calls_.erase(handle);
  done(said, heard.now);
}

ChainClient::CallSaid ChainClient::read_call(Call& call, const Heard& heard) {
  if (heard.failure) return *heard.failure;
  CallSaid said = rpc::read_call_reply(heard.body, heard.id);
  if (auto* failure = std::get_if<rpc::Failure>(&said))
    failure->why = rpc::without_secrets(failure->why, chain_->endpoints[call.endpoint]);
  if (const auto* end = std::get_if<rpc::CallEnd>(&said)) {
    // "0x" where something must be is an endpoint that lacks the contract, and no answer.
    if (call.what.never_empty && !end->reverted && end->data.empty()) said = nothing_there();
  }
  const auto* end = learn(heard, said);
  if (end == nullptr) return said;
  rpc::EndpointState& state = states_[call.endpoint];
  if (call.form == rpc::BlockForm::number) state.set_by_number();
  if (end->reverted && !end->bare) state.on_revert(true);
  if (end->bare && !state.keeps_revert_data())
    return rpc::Failure{rpc::Fault::refused, "a revert without its data"};
  return said;
}

/// Does it not know blocks by their hash (EIP-1898)? Then by number, if it has told that its block
/// of that number is the one meant.
bool ChainClient::try_by_number(SlabHandle handle, Call& call, const CallSaid& said) {
  const auto* failure = std::get_if<rpc::Failure>(&said);
  const bool unknown_form = failure != nullptr && failure->fault == rpc::Fault::bad_parameter;
  if (!unknown_form || call.form != rpc::BlockForm::hash) return false;
  if (!states_[call.endpoint].has(call.block)) return false;
  call.form = rpc::BlockForm::number;
  return send(handle, call);
}

void ChainClient::cancel(SlabHandle handle) noexcept {
  Call* call = calls_.find(handle);
  if (call == nullptr) return;
  http_.cancel(call->http);
  std::erase(posted_, call->http);
  counters_[call->endpoint]
      .ended[static_cast<std::size_t>(rpc::Purpose::call)][kEndAbandoned]
      .add();
  calls_.erase(handle);
}

/// Posts; a failure to get a body is learned here, what the body says by whoever reads it.
std::optional<HttpId> ChainClient::post(std::size_t endpoint, rpc::Purpose purpose,
                                        std::string body, std::uint64_t id, OnHeard on_heard) {
  auto sent = std::make_shared<HttpId>();
  const auto done = [this, endpoint, purpose, id, sent, at = http_.now(),
                     on_heard = std::move(on_heard)](const HttpReply& reply, TimePoint now) {
    std::erase(posted_, *sent);
    Heard heard{endpoint, purpose, id, failure_of(reply), {}, now - at, now};
    if (heard.failure) {
      learn_failure(heard, *heard.failure, reply.retry_after);
    } else {
      heard.body = reply.body;
    }
    on_heard(heard);
  };
  const auto posted = http_.start(endpoint_request(chain_->endpoints[endpoint], places_[endpoint],
                                                   std::move(body), kCallPatience),
                                  done);
  if (!posted) return std::nullopt;
  *sent = *posted;
  posted_.push_back(*posted);
  return posted;
}

// ---- what is known of them ----

void ChainClient::note_dissent(std::size_t endpoint) {
  const TimePoint now = http_.now();
  counters_[endpoint].minority.add();
  states_[endpoint].on_minority(now);
  show(endpoint, now);
}

void ChainClient::note_overdue(std::size_t endpoint) {
  states_[endpoint].on_overdue();
  show(endpoint, http_.now());
}

Duration ChainClient::hedge_after(std::size_t endpoint) const noexcept {
  return std::clamp(states_[endpoint].latency() * kHedgeFactor, kHedgeMin, kHedgeMax);
}

std::string ChainClient::fault_of(std::size_t endpoint) const {
  const rpc::EndpointState& state = states_[endpoint];
  if (!state.fault().empty()) return state.fault();
  if (state.outvoted(http_.now())) return "says something else than the others";
  const rpc::Unready why = state.unready(chain_->max_head_age, http_.now());
  const bool silent = why == rpc::Unready::no || why == rpc::Unready::unknown;
  return silent ? "" : rpc::to_string(why);
}

void ChainClient::forget() noexcept {
  for (rpc::EndpointState& state : states_)
    state.forget();
}

}  // namespace holdfast
