#include "resolver/engine.h"

#include <algorithm>

#include "route/drill_reach.h"

namespace holdfast {
namespace {

constexpr std::size_t kMessageBuffer = 65535;

/// What of a route a Candidate needs, upstream by upstream in tier order.
std::size_t list_candidates(const LookupRecord& record, const Ledger& ledger, Transport& transport,
                            TimePoint now, std::span<Candidate> out) {
  const Snapshot& snapshot = *record.snapshot;
  const Route& route = *record.route;
  std::size_t count = 0;
  for (std::size_t tier = 0; tier < route.tiers.size(); ++tier) {
    for (const UpstreamId id : route.tiers[tier]) {
      if (count == out.size()) return count;
      const Upstream& upstream = snapshot.upstream(id);
      out[count++] = {id,
                      upstream.provider,
                      static_cast<std::uint8_t>(tier),
                      upstream.upstream_class,
                      upstream.validates,
                      upstream.filters,
                      upstream.max_pps == 0 || transport.spares(upstream, now),
                      ledger.view(id, now)};
    }
  }
  return count;
}

/// A drill is an outage for the routes it reaches, and none for the others: what it did to an
/// upstream's health is not theirs.
void shelter(const DrillBoard& drills, const Route& route, TimePoint now,
             std::span<Candidate> candidates) {
  if (!drills.active() || drill_reaches(drills.scope(), route)) return;
  for (Candidate& candidate : candidates) {
    if (!drills.find(candidate.id, now)) continue;
    candidate.health.state = HealthState::up;
    candidate.health.share = 1;
  }
}

/// May an upstream that was asked about the lookup's name be believed about a target there? What
/// is not for the public is its own upstreams' to answer.
bool may_speak_of(const dns::Name& target, const LookupRecord& record, UpstreamId id) {
  const Route* route = record.snapshot->routes.find(target.wire());
  if (route == nullptr || route == record.route) return true;
  if (route->visibility == Visibility::public_view) return true;
  if (route->visibility == Visibility::split_view) {
    return record.snapshot->upstream(id).upstream_class == UpstreamClass::cloud;
  }
  return std::ranges::any_of(
      route->tiers, [id](const auto& tier) { return std::ranges::find(tier, id) != tier.end(); });
}

}  // namespace

Engine::Engine(ResolverParts parts, SnapshotPtr snapshot)
    : parts_(parts),
      hash_seed_((std::uint64_t{parts.random.u32()} << 32U) | parts.random.u32()),
      snapshot_(std::move(snapshot)),
      hosts_(snapshot_->hosts),
      retries_(snapshot_->policy.retry_ratio, snapshot_->policy.retry_burst),
      ledger_({parts.timers, parts.transport, parts.board, parts.evidence, parts.counters},
              [this](UpstreamId id, TimePoint now) { on_suspect(id, now); }),
      lookups_(snapshot_->limits.lookups),
      waiters_(snapshot_->limits.waiters),
      normal_buffer_(kMessageBuffer),
      reply_buffer_(kReplyBuffer),
      chain_buffer_(2 * kMessageBuffer) {
  ledger_.set_policy(snapshot_->policy);
  configure_refreshes();
}

Engine::~Engine() {
  parts_.timers.cancel(queue_timer_);
  lookups_.for_each(
      [this](SlabHandle, LookupRecord& record) { parts_.timers.cancel(record.timer); });
}

void Engine::adopt(SnapshotPtr snapshot) {
  snapshot_ = std::move(snapshot);
  hosts_ = HostIndex(snapshot_->hosts);
  retries_.configure(snapshot_->policy.retry_ratio, snapshot_->policy.retry_burst);
  ledger_.set_policy(snapshot_->policy);
  configure_refreshes();
}

std::uint64_t Engine::hash_of(const CacheKey& key) const noexcept {
  std::uint64_t tail = static_cast<std::uint64_t>(key.type) << 16U;
  tail |= static_cast<std::uint64_t>(key.rr_class);
  tail |= (key.dnssec_ok ? 1ULL << 40U : 0) | (key.checking_disabled ? 1ULL << 41U : 0);
  return dns::hash_name(key.name, hash_seed_ ^ (tail * 0x9e3779b97f4a7c15ULL));
}

SlabHandle Engine::find_running(const LookupRequest& request, std::uint64_t hash) {
  const auto* found = running_.find(hash, [&](std::uint64_t token) {
    const LookupRecord* record = lookups_.find(SlabHandle::from_token(token));
    // One begun under another configuration may ask others than are to be asked now.
    return record != nullptr && record->snapshot == snapshot_ &&
           record->question == request.question && record->dnssec_ok == request.dnssec_ok &&
           record->checking_disabled == request.checking_disabled;
  });
  return found != nullptr ? SlabHandle::from_token(*found) : SlabHandle{};
}

bool Engine::wait_for(const LookupRequest& request, const Asker& asker, TimePoint now) {
  while (waiters_.full()) {
    if (!shed_oldest(ShedReason::waiters, now)) return false;
  }
  SlabHandle handle = find_running(request, hash_of(request.key()));
  LookupRecord* record = lookups_.find(handle);
  if (record != nullptr) {
    if (record->waiters >= record->snapshot->limits.waiters_per_lookup) {
      parts_.counters.shed[static_cast<std::size_t>(ShedReason::waiters)].add();
      return false;
    }
    parts_.counters.joined.add();
    link(*record, asker);
    if (record->chasing) {
      rearm(handle, *record);
    } else if (record->machine.stale_wanted() && record->answer_held) {
      serve_stale(*record, now);
    }
    return true;
  }
  if (lookups_.full() && !shed_oldest(ShedReason::lookups, now)) return false;
  handle = start(request, true, now);
  record = lookups_.find(handle);
  if (record == nullptr) return false;
  link(*record, asker);
  drive(handle, now);
  return true;
}

void Engine::explain(const LookupRequest& request, std::unique_ptr<ExplainRequest> explain,
                     TimePoint now) {
  const SlabHandle handle = start(request, false, now);
  LookupRecord* record = lookups_.find(handle);
  if (record == nullptr) {
    explain->done(std::move(explain->explanation));
    return;
  }
  record->explain = std::move(explain);
  drive(handle, now);
}

/// Makes room at the cost of whoever has waited longest: the likeliest to have given up, or to be
/// asking somebody else. A lookup whose first exchange may yet be answered is left alone, or none
/// would be answered when upstreams are slow: then false, and the new one is what is shed.
bool Engine::shed_oldest(ShedReason why, TimePoint now) {
  parts_.counters.shed[static_cast<std::size_t>(why)].add();
  LookupRecord* oldest = lookups_.find(oldest_);
  const bool had_its_time =
      oldest != nullptr && now - oldest->machine.started() >= snapshot_->policy.exchange_timeout;
  if (!had_its_time) return false;
  oldest->machine.shed();
  fail(oldest_, *oldest, now);
  return true;
}

void Engine::link(LookupRecord& record, const Asker& asker) {
  const SlabHandle handle = waiters_.emplace(asker);
  if (Waiter* last = waiters_.find(record.last_waiter)) {
    last->next = handle;
  } else {
    record.first_waiter = handle;
  }
  record.last_waiter = handle;
  ++record.waiters;
  parts_.counters.waiters_waiting.set(static_cast<std::int64_t>(waiters_.size()));
}

/// Makes the record and lets the machine begin; drive() must follow.
SlabHandle Engine::start(const LookupRequest& request, bool join, TimePoint now) {
  const LookupPlan plan{request.route, &snapshot_->policy,
                        request.found.freshness == Freshness::stale, request.found.split_view_hint};
  const SlabHandle handle = lookups_.emplace(plan);
  LookupRecord* record = lookups_.find(handle);
  if (record == nullptr) {
    parts_.counters.shed[static_cast<std::size_t>(ShedReason::lookups)].add();
    return handle;
  }
  record->older = newest_;
  if (LookupRecord* newest = lookups_.find(newest_)) {
    newest->newer = handle;
  } else {
    oldest_ = handle;
  }
  newest_ = handle;
  record->snapshot = snapshot_;
  record->route = request.route;
  record->question = request.question;
  record->dnssec_ok = request.dnssec_ok;
  record->checking_disabled = request.checking_disabled;
  record->answer_held = plan.answer_held;
  record->chase_depth = request.chase_depth;
  record->key_hash = hash_of(request.key());
  record->known_silent = failures_.known_silent(record->key_hash, now);
  record->in_index = join;
  if (join) running_.insert(record->key_hash, handle.token());
  parts_.counters.lookups.add();
  parts_.counters.lookups_in_flight.set(static_cast<std::int64_t>(lookups_.size()));
  retries_.earn();
  parts_.hedges.earn();
  record->machine.start(means(*record, now), now);
  return handle;
}

LookupMeans Engine::means(const LookupRecord& record, TimePoint now) {
  const std::size_t count = list_candidates(record, ledger_, parts_.transport, now, candidates_);
  if (parts_.drills != nullptr) {
    shelter(*parts_.drills, *record.route, now, std::span(candidates_).first(count));
  }
  return {std::span(candidates_).first(count), retries_, parts_.hedges, parts_.random,
          parts_.counters};
}

/// Carries out what the machine asks for until it asks no more, then looks how it stands.
void Engine::drive(SlabHandle handle, TimePoint now) {
  LookupRecord* record = lookups_.find(handle);
  if (record == nullptr) return;
  while (!record->machine.asks().empty() && record->machine.ending() == Ending::running) {
    std::array<Ask, Lookup::kMaxAttempts> asks;
    const auto wanted = record->machine.asks();
    const std::size_t count = wanted.size();
    std::ranges::copy(wanted, asks.begin());
    record->machine.clear_asks();
    for (std::size_t i = 0; i < count; ++i)
      launch(handle, *record, asks[i], now);
  }
  if (record->machine.ending() != Ending::running) {
    if (!waits_for_memory(handle, *record, now)) finish(handle, *record, now);
    return;
  }
  if (record->machine.stale_wanted() && record->answer_held) {
    serve_stale(*record, now);
  } else if (record->machine.stale_wanted() && nobody_answers(*record, now)) {
    recall(handle, *record, now);
  }
  rearm(handle, *record);
}

/// What an exchange with a chain is to be noted in: only `why` wants to know.
std::shared_ptr<ChainTrail> Engine::trail_of(LookupRecord& record, const Upstream& upstream,
                                             std::size_t attempt) {
  if (!record.explain || !upstream.chain) return nullptr;
  auto& trails = record.explain->trails;
  trails.resize(std::max(trails.size(), attempt + 1));
  return trails[attempt] = std::make_shared<ChainTrail>();
}

void Engine::launch(SlabHandle handle, LookupRecord& record, const Ask& ask, TimePoint now) {
  const Upstream& upstream = record.upstream_at(ask.candidate);
  const auto edns = parts_.traits.edns(upstream.id);
  LedgerEntry entry;
  entry.upstream = upstream.id;
  entry.lookup = handle;
  entry.attempt = ask.attempt;
  entry.reason = ask.reason;
  entry.over_tcp = ask.over_tcp;
  entry.edns = ask.reason != ExchangeReason::plain && edns != UpstreamTraits::Edns::off &&
               (ask.edns || edns == UpstreamTraits::Edns::works);
  entry.excused = record.known_silent;
  entry.sent_at = now;
  entry.expires = record.machine.deadline();
  Verdict nothing;
  nothing.outcome = Outcome::no_socket;
  const auto booked = ledger_.open(entry);
  if (booked) {
    const ExchangeRequest request{record.question,
                                  ask.over_tcp,
                                  entry.edns,
                                  record.dnssec_ok,
                                  record.checking_disabled,
                                  parts_.traits.keeps_case(upstream.id),
                                  trail_of(record, upstream, ask.attempt)};
    const auto start = parts_.transport.start(upstream, request, *this, booked->token(), now);
    if (start) {
      ledger_.started(*booked, *start, now);
      record.machine.set_entry(ask.attempt, *booked);
      return;
    }
    nothing.outcome = start.why_not();
    ledger_.not_started(*booked, nothing.outcome);
  }
  record.machine.on_failed(ask.attempt, nothing, means(record, now), now);
}

void Engine::rearm(SlabHandle handle, LookupRecord& record) {
  const Lookup& machine = record.machine;
  TimePoint next = machine.next_event();
  if (record.chasing) {
    next = std::min(machine.deadline(), chase_stale_at(record));
  } else if (machine.ending() != Ending::running) {  // memory is asked
    next = machine.deadline();
  }
  if (next == record.timer_at) return;
  parts_.timers.cancel(record.timer);
  record.timer_at = next;
  record.timer = next == kForever ? TimerId{} : parts_.timers.arm(next, *this, handle.token());
}

/// While the target of a CNAME is looked up: when those who wait get what is held.
TimePoint Engine::chase_stale_at(const LookupRecord& record) noexcept {
  const bool held = record.answer_held && record.waiters > 0;
  return held ? record.machine.started() + record.snapshot->policy.stale_after : kForever;
}

void Engine::on_timer(std::uint64_t token, TimePoint now) noexcept {
  if (is_queue_timer(token)) return run_queue(now);
  const SlabHandle handle = SlabHandle::from_token(token);
  LookupRecord* record = lookups_.find(handle);
  if (record == nullptr) return;
  record->timer_at = kForever;
  if (record->chasing && now < record->machine.deadline()) {
    serve_stale(*record, now);
    rearm(handle, *record);
    return;
  }
  if (record->chasing) {  // the target did not come in time
    fail(handle, *record, now);
    return;
  }
  if (record->machine.ending() != Ending::running) {  // memory did not speak in time
    finish(handle, *record, now);
    return;
  }
  record->machine.on_time(means(*record, now), now);
  drive(handle, now);
}

void Engine::on_suspect(UpstreamId upstream, TimePoint now) {
  std::vector<SlabHandle> affected;
  lookups_.for_each([&](SlabHandle handle, LookupRecord& record) {
    if (!record.chasing && record.machine.ending() == Ending::running) affected.push_back(handle);
  });
  for (const SlabHandle handle : affected) {
    LookupRecord* record = lookups_.find(handle);
    if (record == nullptr || record->chasing) continue;
    record->machine.on_suspect(upstream, means(*record, now), now);
    drive(handle, now);
  }
}

Engine::Judged Engine::judge(const LedgerEntry& entry, const ExchangeEnd& end, TimePoint now) {
  Judged judged;
  if (end.message.empty()) {
    judged.verdict.outcome = end.failure;
    if (end.failure == Outcome::wrong_case) parts_.traits.set_folds_case(entry.upstream);
    return judged;
  }
  const auto reply = dns::MessageView::parse(end.message);
  judged.verdict = classify(reply, entry.edns, end.over_tcp);
  if (is_answer(judged.verdict.outcome)) {
    const LookupRecord* record = lookups_.find(entry.lookup);
    const bool dnssec_ok = record != nullptr && record->dnssec_ok;
    const auto believed = [&](const dns::Name& target) {
      return record == nullptr || may_speak_of(target, *record, entry.upstream);
    };
    judged.answer = dns::normalise(reply, dnssec_ok, normal_buffer_, dns::Believed(believed));
    if (judged.answer) bound_ttls(*judged.answer, normal_buffer_, now);
    judged.verdict.outcome = refine(reply, judged.answer);
    const auto& upstream = snapshot_->upstreams[index(entry.upstream)];
    const bool trusted = upstream != nullptr && upstream->trust_ad;
    judged.tags.authentic = trusted && reply.header().has(dns::flag::ad);
    if (judged.verdict.blocked) {
      judged.tags.blocked = static_cast<std::uint8_t>(*judged.verdict.ede);
    }
    if (upstream) judged.tags.upstream_class = static_cast<std::uint8_t>(upstream->upstream_class);
    if (judged.answer) judged.tags.holds_private_address = judged.answer->holds_private_address;
  }
  learn_edns(entry, reply, judged.verdict.outcome, now);
  return judged;
}

void Engine::learn_edns(const LedgerEntry& entry, const dns::MessageView& reply, Outcome outcome,
                        TimePoint now) {
  if (entry.edns && reply.edns()) {
    parts_.traits.set_edns(entry.upstream, UpstreamTraits::Edns::works);
  } else if (!entry.edns && is_answer(outcome)) {
    parts_.traits.note_plain_answer(entry.upstream, now);
  }
}

void Engine::on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint now) noexcept {
  const SlabHandle booked = SlabHandle::from_token(token);
  const LedgerEntry* found = ledger_.find(booked);
  if (found == nullptr) return;
  const LedgerEntry entry = *found;
  const Judged judged = judge(entry, end, now);
  const Outcome outcome = judged.verdict.outcome;
  ledger_.close(booked, outcome, now);
  LookupRecord* record = lookups_.find(entry.lookup);
  if (record == nullptr || record->machine.ending() != Ending::running) return;
  if (!is_answer(outcome)) {
    record->machine.on_failed(entry.attempt, judged.verdict, means(*record, now), now);
    drive(entry.lookup, now);
  } else if (judged.answer->chain_open && record->machine.in_turn()) {
    chase_for_witness(entry.lookup, *record, entry.attempt, judged, now);
  } else {
    heard(entry.lookup, *record, entry.attempt, judged, now);
  }
}

/// An answer, its CNAMEs followed as far as they must be before it counts.
void Engine::heard(SlabHandle handle, LookupRecord& record, std::uint8_t attempt,
                   const Judged& judged, TimePoint now) {
  Lookup& machine = record.machine;
  const Outcome outcome = judged.verdict.outcome;
  const Upstream& upstream = record.upstream_at(machine.attempts()[attempt].ask.candidate);
  const bool final_word = judged.verdict.blocked || (is_negative(outcome) && upstream.filters);
  machine.on_answer({attempt, outcome, final_word, doubt_about(record, judged, now)},
                    means(record, now), now);
  if (machine.ending() == Ending::answer && machine.accepted() == attempt) {
    // Blame comes last: it may make other lookups move on, which use the same buffers.
    const Failures failures = failures_of(record);
    deliver(handle, record, *judged.answer, judged.tags, now);
    settle_blame(failures, true, now);
    return;
  }
  if (machine.held_negative() == attempt) record.negative.keep(*judged.answer, judged.tags);
  drive(handle, now);
}

/// The machine has ended on its own: by time, or with nobody left to ask.
void Engine::finish(SlabHandle handle, LookupRecord& record, TimePoint now) {
  const bool held = record.machine.ending() == Ending::held;
  const bool answered = held || record.machine.ending() == Ending::answer;
  const Failures failures = failures_of(record);
  if (held && hold(handle, record, now)) {
    settle_blame(failures, true, now);
    return;
  }
  if (!answered) {
    fail(handle, record, now);
    settle_blame(failures, false, now);
    return;
  }
  // Only a negative that waited for its rivals or for witnesses is delivered from here.
  const HeldAnswer negative = std::move(record.negative);
  dns::NormalisedAnswer answer = negative.answer;
  answer.message = negative.message;
  deliver(handle, record, answer, negative.tags, now);
  settle_blame(failures, true, now);
}

Engine::Failures Engine::failures_of(const LookupRecord& record) {
  Failures failures;
  for (const Attempt& attempt : record.machine.attempts().subspan(record.blamed)) {
    const LedgerEntry* entry = ledger_.find(attempt.entry);
    const bool overdue = entry != nullptr && entry->overdue && !entry->excused;
    const bool failure = attempt.state == Attempt::State::failed && row(attempt.outcome).failure;
    if (!overdue && !failure) continue;
    const UpstreamId upstream = record.upstream_at(attempt.ask.candidate).id;
    failures.list[failures.count++] = {upstream, attempt.entry, overdue};
  }
  return failures;
}

/// Whose fault were the failures? Another's answer proves an upstream's own; none makes it the
/// question's.
void Engine::settle_blame(const Failures& failures, bool answered, TimePoint now) {
  for (std::size_t i = 0; i < failures.count; ++i) {
    const Failures::One& failure = failures.list[i];
    if (answered && failure.overdue) {
      ledger_.blame_overdue(failure.entry, now);
    } else if (answered) {
      ledger_.blame(failure.upstream, now);
    } else {
      ledger_.nobody_answered(failure.upstream, failure.overdue);
    }
  }
}

/// Forgets the lookup: its exchanges go on in the ledger until its deadline, for health's sake.
void Engine::retire(SlabHandle handle, LookupRecord& record) {
  parts_.timers.cancel(record.timer);
  if (record.in_index) running_.erase(record.key_hash, handle.token());
  LookupRecord* older = lookups_.find(record.older);
  LookupRecord* newer = lookups_.find(record.newer);
  (older != nullptr ? older->newer : oldest_) = record.newer;
  (newer != nullptr ? newer->older : newest_) = record.older;
  lookups_.erase(handle);
  parts_.counters.lookups_in_flight.set(static_cast<std::int64_t>(lookups_.size()));
}

void Engine::drain(TimePoint now) {
  std::vector<SlabHandle> all;
  lookups_.for_each([&](SlabHandle handle, LookupRecord&) { all.push_back(handle); });
  for (const SlabHandle handle : all) {
    LookupRecord* record = lookups_.find(handle);
    if (record == nullptr) continue;
    record->machine.give_up();
    fail(handle, *record, now);
  }
}

}  // namespace holdfast
