// FleetThread: the thread behind the workers' fleet ports: one connection to Redis or Valkey, what
// is published over it, and what is read. Nothing of a query waits for this thread: a port gives up
// by itself.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "base/wall_clock.h"
#include "daemon/fleet_link.h"
#include "daemon/fleet_port.h"
#include "fleet/fleet_publisher.h"
#include "fleet/fleet_reads.h"
#include "net/event_loop.h"
#include "net/system_random.h"

namespace holdfast {

struct FleetParts {
  FleetServer server;
  FleetKeys keys;
  FleetPolicy policy;
};

class FleetThread final : private TimerClient {
 public:
  static constexpr Duration kBeat = 50ms;

  /// Cache and clock outlive this. std::system_error if the kernel gives no descriptors.
  FleetThread(FleetParts parts, Cache& cache, const WallClock& wall);
  ~FleetThread();
  FleetThread(const FleetThread&) = delete;
  FleetThread& operator=(const FleetThread&) = delete;

  /// A port and its place, which is kept: before start() none but the last ones may be removed.
  [[nodiscard]] std::size_t add(FleetPort& port);

  /// Before start() or after stop().
  void remove(const FleetPort& port) { std::erase(ports_, &port); }

  void start();
  /// Returns when the thread has ended: from then on no port is called.
  void stop();

  // The rest is for any thread.

  /// There is a connection.
  [[nodiscard]] bool usable() const noexcept { return usable_.load(std::memory_order_relaxed); }

  /// Looks for an answer and tells the ticket's port.
  void ask(const FleetQuestion& question, const FleetTicket& ticket);
  void network_changed();

  [[nodiscard]] FleetStatus status() const { return link_.status(); }

  [[nodiscard]] const FleetCounters& counters() const noexcept { return counters_; }

  /// Once started.
  [[nodiscard]] const std::vector<FleetPort*>& ports() const noexcept { return ports_; }

 private:
  void run();
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  void on_answer(const RedisAnswer& answer);
  void on_change(bool up);
  void publish(TimePoint now);

  const WallClock& wall_;
  const FleetKeys keys_;
  FleetCounters counters_;
  EventLoop loop_;
  SystemRandom random_;
  std::vector<FleetPort*> ports_;
  FleetPublisher publisher_;
  FleetReads reads_;
  FleetLink link_;
  TimerId beat_;
  TimePoint refusal_told_ = kNever;
  bool ended_ = false;
  std::atomic<bool> usable_{false};
  std::thread thread_;
};

}  // namespace holdfast
