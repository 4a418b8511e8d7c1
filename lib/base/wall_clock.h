// WallClock: which time of day a TimePoint is, for the few rules that are written in dates (RRSIG
// expiry). Told by whoever keeps the beat, read by anybody; nothing here asks a clock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/time.h"

namespace holdfast {

/// The time of day, for what people read.
using WallTime = std::chrono::system_clock::time_point;

class WallClock {
 public:
  /// `unix_time`, seconds since 1970, is what it is at `now`. One thread.
  void set(TimePoint now, std::chrono::seconds unix_time) noexcept {
    offset_.store((unix_time - whole(now)).count(), std::memory_order_relaxed);
  }

  /// Seconds since 1970; as wrong as the machine's clock. Any thread.
  [[nodiscard]] std::chrono::seconds at(TimePoint now) const noexcept {
    return whole(now) + std::chrono::seconds(offset_.load(std::memory_order_relaxed));
  }

 private:
  static std::chrono::seconds whole(TimePoint now) noexcept {
    return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  }

  std::atomic<std::int64_t> offset_{0};
};

}  // namespace holdfast
