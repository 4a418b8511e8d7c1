// Backoff: how long to wait before the next attempt: doubling, with a random change, so that the
// machines of a fleet do not come back together.
#pragma once

#include <algorithm>

#include "base/random.h"
#include "base/time.h"

namespace holdfast {

class Backoff {
 public:
  static constexpr Duration kFirst = 200ms;
  static constexpr Duration kLongest = 15s;
  static constexpr unsigned kJitterPercent = 25;

  /// The wait after one more failure.
  [[nodiscard]] Duration next(Random& random) noexcept {
    const Duration wait = wait_;
    wait_ = std::min(wait_ * 2, kLongest);
    return random.jitter(wait, kJitterPercent);
  }

  /// It worked.
  void reset() noexcept { wait_ = kFirst; }

 private:
  Duration wait_ = kFirst;
};

}  // namespace holdfast
