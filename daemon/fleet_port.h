// FleetPort: one worker's way to the fleet's memory: what it learnt goes into a ring that the fleet
// thread empties; what it asks for is a message to that thread, and a message back, or a timer that
// ends the waiting.
#pragma once

#include <cstdint>
#include <vector>

#include "base/byte_ring.h"
#include "base/slab.h"
#include "base/wall_clock.h"
#include "cache/second_level.h"
#include "fleet/fleet_counters.h"
#include "net/event_loop.h"

namespace holdfast {

class FleetThread;

class FleetPort final : public SecondLevel, private TimerClient {
 public:
  static constexpr Duration kPatience = 20ms;
  static constexpr std::size_t kMostReads = 512;
  /// 50 ms at 20,000 answers a second.
  static constexpr std::size_t kRingBytes = std::size_t{256} * 1024;

  /// On the worker's loop, which outlives this, as do the others. Before the fleet thread starts.
  FleetPort(FleetThread& fleet, EventLoop& loop, const WallClock& wall);
  ~FleetPort() override;

  void publish(const Learnt& learnt, TimePoint now) noexcept override;
  [[nodiscard]] bool read(const CacheKey& key, Done done, TimePoint now) override;

  /// What was asked and not answered is forgotten; nobody is told. On the worker's thread.
  void forget() noexcept;

  // The fleet thread's side.

  /// An answer to what was asked under this number.
  void answer(std::uint64_t number, FleetRead result);

  [[nodiscard]] ByteRing& ring() noexcept { return ring_; }

  /// Any thread.
  [[nodiscard]] const FleetPortCounters& counters() const noexcept { return counters_; }

 private:
  struct Pending {
    Done done;
    TimerId timer;
  };

  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  void finish(SlabHandle handle, FleetRead result, TimePoint now);

  FleetThread& fleet_;
  EventLoop& loop_;
  const WallClock& wall_;
  std::size_t place_;  // among the fleet's ports
  FleetPortCounters counters_;
  ByteRing ring_{kRingBytes};
  Slab<Pending> pending_{kMostReads};
  std::vector<std::uint8_t> record_;
};

}  // namespace holdfast
