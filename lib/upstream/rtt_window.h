// RttWindow: percentiles of an upstream's round-trip time over its recent answers, from a log
// histogram that forgets: when it holds kFull samples, all counts are halved.
#pragma once

#include <array>
#include <cstdint>

#include "base/counters.h"
#include "base/time.h"

namespace holdfast {

class RttWindow {
 public:
  void add(std::size_t bucket, std::uint32_t count) noexcept;

  void add(Duration rtt) noexcept { add(Histogram::bucket_of(rtt), 1); }

  void clear() noexcept { *this = RttWindow(); }

  /// The upper bound of the bucket in which the given share (0 … 1) of samples is reached.
  /// Precondition: samples() > 0.
  [[nodiscard]] Duration percentile(double share) const noexcept;

  /// Smoothed as in RFC 6298: 7/8 old, 1/8 new; zero without samples.
  [[nodiscard]] Duration smoothed() const noexcept { return smoothed_; }

  [[nodiscard]] std::uint64_t samples() const noexcept { return samples_; }

 private:
  static constexpr std::uint64_t kFull = 1024;

  std::array<std::uint32_t, Histogram::kBuckets> counts_{};
  std::uint64_t samples_ = 0;
  Duration smoothed_{};
};

}  // namespace holdfast
