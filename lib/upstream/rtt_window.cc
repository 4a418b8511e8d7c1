#include "upstream/rtt_window.h"

#include <algorithm>
#include <cmath>

namespace holdfast {

void RttWindow::add(std::size_t bucket, std::uint32_t count) noexcept {
  if (count == 0) return;
  counts_[bucket] += count;
  samples_ += count;
  const Duration sample = Histogram::upper_bound(bucket);
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(count, 32); ++i) {
    smoothed_ = smoothed_ == Duration::zero() ? sample : (smoothed_ * 7 + sample) / 8;
  }
  if (samples_ < kFull) return;
  samples_ = 0;
  for (auto& c : counts_)
    samples_ += c /= 2;
}

Duration RttWindow::percentile(double share) const noexcept {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(samples_) * share));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted && seen > 0) return Histogram::upper_bound(bucket);
  }
  return Histogram::upper_bound(Histogram::kBuckets - 1);
}

}  // namespace holdfast
