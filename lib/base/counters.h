// Counters of one worker: written by that worker alone, read by anybody, relaxed. No library types,
// so that every layer may count; lib/metrics turns them into series. Also Histogram, the same idea
// for times.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace holdfast {

/// A single-writer counter: add() is a plain load, add and store, no locked instruction.
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A single-writer gauge.
class Gauge {
 public:
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }

  [[nodiscard]] std::int64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Times in buckets a quarter of an octave wide, from 64 µs to 17 s; single writer.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = 72;

  /// The bucket a time falls into; times beyond either end fall into the end's bucket.
  [[nodiscard]] static std::size_t bucket_of(Duration d) noexcept;
  /// The upper bound of a bucket.
  [[nodiscard]] static Duration upper_bound(std::size_t bucket) noexcept;

  void record(Duration d) noexcept {
    buckets_[bucket_of(d)].add();
    sum_ns_.add(static_cast<std::uint64_t>(d.count() < 0 ? 0 : d.count()));
  }

  [[nodiscard]] std::uint64_t count(std::size_t bucket) const noexcept {
    return buckets_[bucket].get();
  }

  [[nodiscard]] Duration sum() const noexcept {
    return Duration(static_cast<Duration::rep>(sum_ns_.get()));
  }

 private:
  std::array<Counter, kBuckets> buckets_;
  Counter sum_ns_;
};

}  // namespace holdfast
