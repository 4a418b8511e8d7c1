#include "resolver/ledger.h"

#include <algorithm>

namespace holdfast {
namespace {

constexpr std::size_t kMaxOpen = 100'000;

// A worker that has just marked an upstream suspect believes itself for this long; by then the
// control thread (one tick every 50 ms) has published its own view.
constexpr Duration kOwnSuspicion = 200ms;

// A timer that fires this late means that we stood still, not the upstream: what the kernel holds
// for us is read first, and judged one step later.
constexpr Duration kOwnStall = 20ms;
constexpr Duration kAfterStall = 10ms;

}  // namespace

/// One upstream's books.
struct Ledger::Account {
  Account(UpstreamId upstream, Evidence& sheet, std::size_t window)
      : id(upstream), evidence(sheet), good(window) {}

  UpstreamId id;
  Evidence& evidence;
  GoodWindow good;
  std::deque<SlabHandle> waiting;  // in the order they were sent; closed ones are skipped lazily
  std::deque<SlabHandle> overdue;  // still open, waiting for their deadline
  unsigned failures_running = 0;
  unsigned silent_overdue = 0;  // overdue ones sent since the last answer
  TimePoint last_answer = kNever;
  TimePoint last_prompt_answer = kNever;  // one that was not overdue
  TimePoint oldest_unanswered = kForever;
  TimePoint suspect_until = kNever;
  TimerId timer;
  TimePoint timer_at = kForever;
  bool forgave_stall = false;
};

Ledger::Ledger(LedgerParts parts, OnSuspect on_suspect)
    : parts_(parts), on_suspect_(std::move(on_suspect)), entries_(kMaxOpen) {}

Ledger::~Ledger() {
  entries_.for_each(
      [this](SlabHandle, LedgerEntry& entry) { parts_.transport.cancel(entry.exchange); });
  for (auto& account : accounts_) {
    if (account) parts_.timers.cancel(account->timer);
  }
}

void Ledger::set_policy(const FailoverPolicy& policy) {
  const bool resize = policy.window != policy_.window;
  policy_ = policy;
  for (auto& account : accounts_) {
    if (account && resize) account->good = GoodWindow(static_cast<std::size_t>(policy.window));
  }
}

Ledger::Account& Ledger::account(UpstreamId id) {
  auto& slot = accounts_[index(id)];
  if (!slot) {
    slot = std::make_unique<Account>(id, parts_.evidence.of(id),
                                     static_cast<std::size_t>(policy_.window));
  }
  return *slot;
}

std::optional<SlabHandle> Ledger::open(const LedgerEntry& entry) {
  const SlabHandle handle = entries_.emplace(entry);
  if (entries_.find(handle) == nullptr) return std::nullopt;
  return handle;
}

void Ledger::started(SlabHandle handle, ExchangeId exchange, TimePoint now) {
  LedgerEntry* entry = entries_.find(handle);
  if (entry == nullptr) return;
  entry->exchange = exchange;
  Account& a = account(entry->upstream);
  parts_.counters.of(entry->upstream).started[static_cast<std::size_t>(entry->reason)].add();
  a.waiting.push_back(handle);
  if (a.oldest_unanswered == kForever) {
    a.oldest_unanswered = entry->sent_at;
    Evidence::store(a.evidence.oldest_unanswered, entry->sent_at);
  }
  // The timer may be waiting for a deadline, seconds from now.
  const TimePoint due = now + overdue_after(policy_, parts_.board.read(a.id).p95);
  if (due < a.timer_at) arm_at(a, due);
}

void Ledger::arm_at(Account& a, TimePoint when) {
  parts_.timers.cancel(a.timer);
  a.timer_at = when;
  a.timer = when == kForever ? TimerId{} : parts_.timers.arm(when, *this, index(a.id));
}

void Ledger::not_started(SlabHandle handle, Outcome why) noexcept {
  const LedgerEntry* entry = entries_.find(handle);
  if (entry == nullptr) return;
  parts_.counters.of(entry->upstream).outcomes[static_cast<std::size_t>(why)].add();
  entries_.erase(handle);
}

void Ledger::heard_from(Account& a, TimePoint now) {
  a.last_answer = now;
  a.silent_overdue = 0;
  Evidence::store(a.evidence.last_answer, now);
  if (a.oldest_unanswered == kForever) return;
  a.oldest_unanswered = kForever;
  Evidence::store(a.evidence.oldest_unanswered, kForever);
}

void Ledger::close(SlabHandle handle, Outcome outcome, TimePoint now) {
  const LedgerEntry* found = entries_.find(handle);
  if (found == nullptr) return;
  const LedgerEntry entry = *found;
  entries_.erase(handle);
  Account& a = account(entry.upstream);
  UpstreamCounters& counters = parts_.counters.of(entry.upstream);
  counters.outcomes[static_cast<std::size_t>(outcome)].add();
  if (row(outcome).origin != Origin::local && !is_silence(outcome)) heard_from(a, now);
  if (!is_answer(outcome)) return;
  a.evidence.answers.add();
  counters.rtt.record(now - entry.sent_at);
  a.failures_running = 0;
  if (entry.overdue) {
    answered_late(a, entry, now);
    return;
  }
  a.last_prompt_answer = now;
  a.good.push(true);
  a.evidence.good.add();
  a.evidence.rtt.record(now - entry.sent_at);
}

/// Slow, not failed; it counts as bad already. But where others were answered promptly meanwhile it
/// was the question that took its time: such times belong to the upstream's p95, not to its ratio.
void Ledger::answered_late(Account& a, const LedgerEntry& entry, TimePoint now) {
  a.evidence.late.add();
  if (entry.excused || a.last_prompt_answer <= entry.sent_at) return;
  a.evidence.rtt.record(now - entry.sent_at);
  if (a.good.retract_bad()) a.evidence.retracted.add();
}

void Ledger::suspect(Account& a, Counter Evidence::*cause, TimePoint now) {
  if (now < a.suspect_until) return;
  a.suspect_until = now + kOwnSuspicion;
  (a.evidence.*cause).add();
  on_suspect_(a.id, now);
}

void Ledger::failure_running(Account& a, TimePoint now) {
  if (++a.failures_running >= static_cast<unsigned>(policy_.suspect_failures)) {
    suspect(a, &Evidence::failure_runs, now);
  }
}

void Ledger::blame(UpstreamId id, TimePoint now) {
  Account& a = account(id);
  a.good.push(false);
  a.evidence.bad.add();
  a.evidence.failed.add();
  failure_running(a, now);
}

void Ledger::blame_overdue(SlabHandle handle, TimePoint now) {
  LedgerEntry* entry = entries_.find(handle);
  if (entry == nullptr || entry->blamed) return;
  entry->blamed = true;
  failure_running(account(entry->upstream), now);
}

void Ledger::nobody_answered(UpstreamId id, bool in_window) {
  Account& a = account(id);
  if (in_window && a.good.retract_bad()) a.evidence.retracted.add();
  // Nor is it silence of the upstream: others were silent to this question too.
  if (in_window && a.silent_overdue > 0) --a.silent_overdue;
  a.evidence.unproven.add();
}

HealthView Ledger::view(UpstreamId id, TimePoint now) const noexcept {
  HealthView view = parts_.board.read(id);
  const auto& a = accounts_[index(id)];
  if (a == nullptr || now >= a->suspect_until) return view;
  if (view.state == HealthState::up || view.state == HealthState::recovering) {
    view.state = HealthState::suspect;
  }
  return view;
}

void Ledger::mark_overdue(Account& a, LedgerEntry& entry, TimePoint now) {
  entry.overdue = true;
  if (entry.excused) return;
  a.good.push(false);
  a.evidence.bad.add();
  if (entry.sent_at > a.last_answer) ++a.silent_overdue;
  if (a.silent_overdue >= static_cast<unsigned>(policy_.suspect_overdue)) {
    suspect(a, &Evidence::stalls, now);
  } else if (a.good.below(policy_.suspect_below, policy_.min_samples)) {
    // The control thread finds the same by its own window; here lookups leave at once.
    if (now < a.suspect_until) return;
    a.suspect_until = now + kOwnSuspicion;
    on_suspect_(a.id, now);
  }
}

void Ledger::judge_front(Account& a, TimePoint now) {
  const Duration overdue = overdue_after(policy_, parts_.board.read(a.id).p95);
  while (!a.waiting.empty()) {
    const SlabHandle handle = a.waiting.front();
    LedgerEntry* entry = entries_.find(handle);
    if (entry != nullptr && entry->sent_at + overdue > now) return;
    a.waiting.pop_front();
    if (entry == nullptr) continue;
    a.overdue.push_back(handle);
    mark_overdue(a, *entry, now);
  }
}

void Ledger::expire_front(Account& a, TimePoint now) {
  while (!a.overdue.empty()) {
    const SlabHandle handle = a.overdue.front();
    const LedgerEntry* entry = entries_.find(handle);
    if (entry != nullptr && entry->expires > now) return;
    a.overdue.pop_front();
    if (entry == nullptr) continue;
    if (entry->blamed) a.evidence.failed.add();
    parts_.transport.cancel(entry->exchange);
    close(handle, Outcome::timeout, now);
  }
}

void Ledger::rearm(Account& a, TimePoint now) {
  TimePoint next = kForever;
  if (!a.waiting.empty()) {
    const LedgerEntry* entry = entries_.find(a.waiting.front());
    const Duration overdue = overdue_after(policy_, parts_.board.read(a.id).p95);
    next = entry != nullptr ? entry->sent_at + overdue : now + overdue;
  }
  if (!a.overdue.empty()) {
    const LedgerEntry* entry = entries_.find(a.overdue.front());
    next = std::min(next, entry != nullptr ? entry->expires : now + policy_.overdue_floor);
  }
  arm_at(a, next);
}

void Ledger::on_timer(std::uint64_t token, TimePoint now) noexcept {
  Account& a = *accounts_[token];
  if (now - a.timer_at > kOwnStall && !a.forgave_stall) {
    a.forgave_stall = true;
    arm_at(a, now + kAfterStall);
    return;
  }
  a.forgave_stall = false;
  judge_front(a, now);
  expire_front(a, now);
  rearm(a, now);
}

}  // namespace holdfast
