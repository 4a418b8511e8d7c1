// SimMemory: memory behind the cache on virtual time, in the records that a store and a fleet use.
// It knows what was published, and nothing until a story says that it speaks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/timer_queue.h"
#include "base/wall_clock.h"
#include "cache/record.h"
#include "cache/second_level.h"

namespace holdfast::sim {

class SimMemory final : public SecondLevel, public TimerClient {
 public:
  enum class State : std::uint8_t { down, silent, speaks };

  SimMemory(Cache& cache, const WallClock& wall, TimerQueue& timers)
      : cache_(cache), wall_(wall), timers_(timers) {}

  /// From now on; what it says comes after `delay`.
  void set(State state, Duration delay) {
    state_ = state;
    delay_ = delay;
  }

  /// From now on: a fleet's memory, which is told only what may leave the machine.
  void be_a_fleets() { of_a_fleet_ = true; }

  /// How often it was asked.
  [[nodiscard]] unsigned asked() const noexcept { return asked_; }

  void publish(const Learnt& learnt, TimePoint now) noexcept override;
  [[nodiscard]] bool read(const CacheKey& key, Done done, TimePoint now) override;
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;

 private:
  struct Question {
    std::string key;
    Done done;
  };

  [[nodiscard]] bool restore(const std::string& key, TimePoint now);

  Cache& cache_;
  const WallClock& wall_;
  TimerQueue& timers_;
  State state_ = State::down;
  Duration delay_{};
  unsigned asked_ = 0;
  bool of_a_fleet_ = false;
  std::map<std::string, std::vector<std::uint8_t>> records_;
  std::vector<Question> questions_;
};

}  // namespace holdfast::sim
