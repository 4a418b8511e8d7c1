// StorePort: a worker's way to the store: what it learns goes into a ring, without a lock or a
// system call; what it asks for goes to the store's thread as a message, and comes back as one to
// the worker's loop. The thread is store_thread.h.
#pragma once

#include <vector>

#include "base/byte_ring.h"
#include "base/counters.h"
#include "base/wall_clock.h"
#include "cache/second_level.h"
#include "net/event_loop.h"

namespace holdfast {

class StoreThread;

class StorePort final : public SecondLevel {
 public:
  /// Some 6,000 answers; at half of it the thread is woken.
  static constexpr std::size_t kRingBytes = std::size_t{1} << 20U;

  /// All outlive it, and `loop` outlives the thread's run.
  StorePort(StoreThread& thread, EventLoop& loop, const WallClock& wall);

  ~StorePort() override;

  void publish(const Learnt& learnt, TimePoint now) noexcept override;
  [[nodiscard]] bool read(const CacheKey& key, Done done, TimePoint now) override;

  /// For the store's thread.
  [[nodiscard]] ByteRing& ring() noexcept { return ring_; }

  /// Answers that found the ring full. Any thread.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.get(); }

 private:
  StoreThread& thread_;
  EventLoop& loop_;
  const WallClock& wall_;
  ByteRing ring_;
  std::vector<std::uint8_t> row_;  // scratch of publish(); never grows
  Counter dropped_;
};

}  // namespace holdfast
