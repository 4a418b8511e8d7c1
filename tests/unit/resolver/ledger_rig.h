// A Ledger with everything around it, on virtual time.
#pragma once

#include <algorithm>
#include <vector>

#include "base/timer_queue.h"
#include "resolver/ledger.h"
#include "tests/unit/resolver/scripted_transport.h"

namespace holdfast::test {

inline constexpr UpstreamId kOne{1};

/// p95 is 100 ms: an exchange is overdue after 300 ms.
struct LedgerRig {
  explicit LedgerRig(const FailoverPolicy& policy = {}) : board(initial_view(policy)) {
    ledger.set_policy(policy);
  }

  /// Books an exchange sent now that expires after four seconds, and starts it.
  SlabHandle send(UpstreamId id = kOne, ExchangeReason reason = ExchangeReason::first) {
    LedgerEntry entry;
    entry.upstream = id;
    entry.reason = reason;
    entry.sent_at = now;
    entry.expires = now + 4s;
    const SlabHandle handle = ledger.open(entry).value();
    ledger.started(handle, ExchangeId{++exchanges}, now);
    return handle;
  }

  /// Lets time pass; every timer fires on time.
  void run_until(TimePoint end) {
    while (timers.next() <= end) {
      now = std::max(now, timers.next());
      timers.expire(now);
    }
    now = end;
  }

  [[nodiscard]] const Evidence& sheet(UpstreamId id = kOne) { return evidence.of(id); }

  [[nodiscard]] HealthState state(UpstreamId id = kOne) const { return ledger.view(id, now).state; }

  TimePoint now{};
  TimerQueue timers;
  ScriptedTransport transport;
  HealthBoard board;
  EvidenceBook evidence;
  WorkerCounters counters;
  std::vector<UpstreamId> suspected;
  std::uint64_t exchanges = 0;
  Ledger ledger{{timers, transport, board, evidence, counters},
                [this](UpstreamId id, TimePoint) { suspected.push_back(id); }};
};

}  // namespace holdfast::test
