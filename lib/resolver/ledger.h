// Ledger: the bookkeeping of one worker's exchanges. Which are open, which are overdue, what that
// says of their upstreams, and whose fault a failure was. It decides nothing about lookups: it
// writes evidence for the control thread, and has a quick suspicion of its own that the selector
// sees at once.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "base/slab.h"
#include "base/timer_queue.h"
#include "resolver/transport.h"
#include "resolver/worker_counters.h"
#include "upstream/evidence.h"
#include "upstream/good_window.h"
#include "upstream/health.h"
#include "upstream/health_board.h"
#include "upstream/policy.h"

namespace holdfast {

/// An exchange in the books. It outlives the waiting for it, and may outlive its lookup.
struct LedgerEntry {
  UpstreamId upstream{};
  SlabHandle lookup;         // whoever asked; may be gone
  std::uint8_t attempt = 0;  // its number within the lookup
  ExchangeReason reason = ExchangeReason::first;
  bool edns = true;
  bool over_tcp = false;
  bool excused = false;  // its question is a slow one: being overdue proves nothing
  bool overdue = false;
  bool blamed = false;  // another upstream answered meanwhile: silence to the end is its own
  TimePoint sent_at{};
  TimePoint expires{};  // the lookup's deadline: nobody can use an answer after it
  ExchangeId exchange{};
};

/// What a Ledger works with; all outlive it.
struct LedgerParts {
  TimerQueue& timers;
  Transport& transport;
  const HealthBoard& board;
  EvidenceBook& evidence;
  WorkerCounters& counters;
};

class Ledger final : public TimerClient {
 public:
  /// Called when an upstream became suspect just now: lookups that wait for it should leave.
  using OnSuspect = std::function<void(UpstreamId, TimePoint)>;

  Ledger(LedgerParts parts, OnSuspect on_suspect);
  ~Ledger();

  void set_policy(const FailoverPolicy& policy);

  /// Books an exchange about to start; nullopt if too many are open. Its token is the handle's.
  std::optional<SlabHandle> open(const LedgerEntry& entry);
  /// It did start / could not be started, for a reason of our own.
  void started(SlabHandle handle, ExchangeId exchange, TimePoint now);
  void not_started(SlabHandle handle, Outcome why) noexcept;

  /// The entry, or nullptr if it is closed.
  [[nodiscard]] const LedgerEntry* find(SlabHandle handle) noexcept {
    return entries_.find(handle);
  }

  /// The exchange ended with `outcome`: counts it, learns its round-trip time, closes it. Failures
  /// are not blamed on anybody here: see blame() and nobody_answered().
  void close(SlabHandle handle, Outcome outcome, TimePoint now);

  /// Another upstream answered the question this one failed at: its failure is its own.
  void blame(UpstreamId id, TimePoint now);
  /// The same for one that is overdue: it counts as bad already, and as failed if nothing comes any
  /// more.
  void blame_overdue(SlabHandle handle, TimePoint now);
  /// Nobody answered: the question's fault, unless a probe says otherwise.
  void nobody_answered(UpstreamId id, bool in_window);

  /// Health as this worker sees it now: the board's, or suspect.
  [[nodiscard]] HealthView view(UpstreamId id, TimePoint now) const noexcept;

  void on_timer(std::uint64_t token, TimePoint now) noexcept override;

  [[nodiscard]] std::size_t open_exchanges() const noexcept { return entries_.size(); }

 private:
  struct Account;
  Account& account(UpstreamId id);
  void answered_late(Account& account, const LedgerEntry& entry, TimePoint now);
  void suspect(Account& account, Counter Evidence::*cause, TimePoint now);
  void failure_running(Account& account, TimePoint now);
  void heard_from(Account& account, TimePoint now);
  void judge_front(Account& account, TimePoint now);
  void mark_overdue(Account& account, LedgerEntry& entry, TimePoint now);
  void expire_front(Account& account, TimePoint now);
  void rearm(Account& account, TimePoint now);
  void arm_at(Account& account, TimePoint when);

  LedgerParts parts_;
  OnSuspect on_suspect_;
  FailoverPolicy policy_;
  Slab<LedgerEntry> entries_;
  std::array<std::unique_ptr<Account>, kMaxUpstreams> accounts_;
};

}  // namespace holdfast
