// Resolver: the way of a query on one worker, from a datagram or frame to its reply: parse,
// admission, names answered here, route, cache, single flight, lookup, cache again, reply. Reads
// top to bottom as the policy; the rooms behind it are admission.h, local_names.h, inflight.h,
// lookup.h, ledger.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/random.h"
#include "base/timer_queue.h"
#include "base/wall_clock.h"
#include "cache/cache.h"
#include "cache/second_level.h"
#include "resolver/client_query.h"
#include "resolver/explanation.h"
#include "resolver/hold_book.h"
#include "resolver/query_log.h"
#include "resolver/snapshot.h"
#include "resolver/transport.h"
#include "resolver/worker_counters.h"
#include "upstream/budget.h"
#include "upstream/drill_board.h"
#include "upstream/evidence.h"
#include "upstream/health_board.h"
#include "upstream/loop_marks.h"
#include "upstream/traits.h"

namespace holdfast {

/// What a Resolver works with; all outlive it. `cache`, `board`, `traits`, `hedges`, `wall`,
/// `holds` are shared by the workers, the rest is the worker's own.
struct ResolverParts {
  Transport& transport;
  TimerQueue& timers;
  Random& random;
  Cache& cache;
  const HealthBoard& board;
  UpstreamTraits& traits;
  HedgeBudget& hedges;
  WorkerCounters& counters;
  EvidenceBook& evidence;
  const WallClock& wall;
  HoldBook& holds;
  std::vector<SecondLevel*> behind{};  // memory behind the cache
  LoopMarks* loops = nullptr;          // shared, too; null: none are looked for
  const DrillBoard* drills = nullptr;  // likewise
};

class Resolver {
 public:
  Resolver(const ResolverParts& parts, SnapshotPtr snapshot);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Answers a query at once into `buffer` (kReplyBuffer bytes), drops it, or promises a reply to
  /// query.sink. The one entry for UDP and TCP. Does not allocate on a cache hit.
  HandledQuery resolve(const ClientQuery& query, TimePoint now,
                       std::span<std::uint8_t> buffer) noexcept;

  /// The configuration in force for queries from now on; lookups in flight keep theirs.
  void adopt(SnapshotPtr snapshot) noexcept;

  /// Looks the question up afresh (the cache is shown, not used, and then fed) and tells how;
  /// `done` is called once, on this thread.
  void explain(const dns::Question& question, TimePoint now, std::function<void(Explanation)> done);

  /// Called for each reply when set; empty switches the query log off.
  void set_query_log(std::function<void(const QueryLogEntry&)> log);

  /// Stopping: every lookup in flight is answered now with what is held, else SERVFAIL.
  void drain(TimePoint now) noexcept;
  [[nodiscard]] std::size_t lookups_in_flight() const noexcept;

 private:
  class Steps;
  std::unique_ptr<Steps> steps_;
};

}  // namespace holdfast
