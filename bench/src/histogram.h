// Latencies in buckets one per cent wide, from 1 µs to hours.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

class Histogram {
 public:
  void add(double us) {
    ++count_;
    sum_ += us;
    max_ = std::max(max_, us);
    const int bucket = us <= 1 ? 0 : int(std::log(us) / std::log(kStep));
    ++buckets_[std::size_t(std::min(bucket, kBuckets - 1))];
  }

  [[nodiscard]] double percentile(double share) const {
    if (count_ == 0) return 0;
    const auto wanted = std::uint64_t(std::ceil(share * double(count_)));
    std::uint64_t seen = 0;
    for (int i = 0; i < kBuckets; ++i) {
      seen += buckets_[std::size_t(i)];
      if (seen >= wanted) return std::min(max_, std::pow(kStep, i + 0.5));
    }
    return max_;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

  [[nodiscard]] double mean() const { return count_ ? sum_ / double(count_) : 0; }

  [[nodiscard]] double max() const { return max_; }

 private:
  static constexpr int kBuckets = 2400;
  static constexpr double kStep = 1.01;

  std::vector<std::uint64_t> buckets_ = std::vector<std::uint64_t>(kBuckets);
  std::uint64_t count_ = 0;
  double sum_ = 0;
  double max_ = 0;
};
