// Worker: one thread that answers clients: its event loop, the sockets it listens on, its
// transports and its Resolver. What workers share is given by reference; what others ask of it is a
// message to its loop, so nothing on the query path takes a lock but the cache's.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "daemon/fleet_port.h"
#include "daemon/query_log_ring.h"
#include "daemon/store_port.h"
#include "drill/injector.h"
#include "net/event_loop.h"
#include "net/listeners.h"
#include "net/system_random.h"
#include "net/transport_set.h"
#include "resolver/resolver.h"

namespace holdfast {

/// What the threads share; it outlives them.
struct SharedParts {
  Cache& cache;
  HealthBoard& board;
  UpstreamTraits& traits;
  HedgeBudget& hedges;
  HoldBook& holds;
  PacketBudgets& budgets;
  EndpointBook& addresses;
  TlsTrust& trust;
  WallClock& wall;
  LoopMarks& loops;
  DrillBoard& drills;
  StoreThread* store;  // null: memory only
  FleetThread* fleet;  // or null
};

/// Made, started, stopped and destroyed by the control thread.
class Worker final : private TimerClient {
 public:
  static constexpr Duration kTick = 1s;
  /// How long stopping waits for lookups in flight, and then for clients to take their replies.
  static constexpr Duration kLookupPatience = 500ms;
  static constexpr Duration kReplyPatience = 200ms;

  /// std::system_error if the kernel gives no descriptors.
  Worker(const SharedParts& shared, WorkerSockets sockets, const SnapshotPtr& snapshot);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Begins to answer; false if the system gives no thread.
  [[nodiscard]] bool start();
  /// Stops reading; lookups in flight get kLookupPatience, then what is held or SERVFAIL. Returns
  /// at once.
  void stop();
  /// Waits until that is done.
  void join();

  /// The configuration for queries from now on; `adopted` is called on the worker's thread when it
  /// is in force.
  void adopt(SnapshotPtr snapshot, std::function<void()> adopted);
  /// Resume from sleep or a changed network: connections begin anew.
  void network_changed();
  /// `done` is called on the worker's thread.
  void explain(dns::Question question, std::function<void(Explanation)> done);
  /// Fills query_log(), or no longer does.
  void log_queries(bool enabled);

  /// The rest may be read from the control thread and, but for the query log, from any.
  [[nodiscard]] const WorkerCounters& counters() const noexcept { return counters_; }

  [[nodiscard]] const EvidenceBook& evidence() const noexcept { return evidence_; }

  /// When its loop last showed that it turns.
  [[nodiscard]] TimePoint last_tick() const noexcept { return Evidence::load(last_tick_); }

  /// nullptr until log_queries() was first called with true.
  [[nodiscard]] QueryLogRing* query_log() noexcept { return query_log_.get(); }

 private:
  [[nodiscard]] std::vector<SecondLevel*> behind() const;
  void run();
  void finish();
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;

  EventLoop loop_;
  SystemRandom random_;
  WorkerCounters counters_;
  EvidenceBook evidence_;
  std::atomic<std::int64_t> last_tick_;
  std::unique_ptr<QueryLogRing> query_log_;
  SnapshotPtr snapshot_;  // of transport_: what the last adopt() brought
  TransportSet transport_;
  Injector injector_;                      // before transport_
  std::unique_ptr<StorePort> store_port_;  // null: memory only
  std::unique_ptr<FleetPort> fleet_port_;  // or null
  Resolver resolver_;
  Listeners listeners_;
  TimerId tick_;
  std::thread thread_;
};

}  // namespace holdfast
