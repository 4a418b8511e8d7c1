// Randomness as an argument. In the daemon a CSPRNG stands behind it (net/system_random.h), because
// message ids, source ports and 0x20 case must be unpredictable (RFC 5452); in tests a seeded one.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace holdfast {

/// A source of uniformly distributed bits. Not thread-safe: each worker owns one.
class Random {
 public:
  virtual ~Random() = default;

  /// 32 uniformly distributed bits.
  [[nodiscard]] virtual std::uint32_t u32() noexcept = 0;

  /// Uniform in [0, n). Precondition: n > 0. (Multiply-shift: bias below 2^-32 · n.)
  [[nodiscard]] std::uint32_t below(std::uint32_t n) noexcept {
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(u32()) * n) >> 32U);
  }

  /// True with probability p (0 … 1).
  [[nodiscard]] bool chance(double p) noexcept { return u32() < p * 4294967296.0; }

  /// d changed by up to ± percent of itself, uniformly.
  [[nodiscard]] Duration jitter(Duration d, unsigned percent) noexcept {
    const auto span = d.count() / 100 * percent;
    if (span <= 0) return d;
    const double unit = u32() / 4294967296.0;  // [0, 1)
    return d + Duration(static_cast<Duration::rep>((unit * 2 - 1) * static_cast<double>(span)));
  }

 protected:
  Random() = default;
  Random(const Random&) = default;
  Random& operator=(const Random&) = default;
};

}  // namespace holdfast
