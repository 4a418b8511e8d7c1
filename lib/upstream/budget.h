// Budgets: token buckets that keep retries and hedges a bounded share of the lookups, so that an
// outage is not answered with a storm. RetryBudget is a worker's own; HedgeBudget is the process's.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/cache_line.h"
#include "base/time.h"

namespace holdfast {

/// Earns `ratio` of a token per query, holds at most `burst`. One thread.
class RetryBudget {
 public:
  RetryBudget(double ratio, double burst) noexcept : ratio_(ratio), burst_(burst), tokens_(burst) {}

  void earn() noexcept { tokens_ = std::min(burst_, tokens_ + ratio_); }

  [[nodiscard]] bool take() noexcept {
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  void configure(double ratio, double burst) noexcept {
    ratio_ = ratio;
    burst_ = burst;
    tokens_ = std::min(tokens_, burst);
  }

  [[nodiscard]] double tokens() const noexcept { return tokens_; }

 private:
  double ratio_, burst_, tokens_;
};

/// Earns so many tokens a second, or a share of the queries seen if that is more, and holds what a
/// second earns at the least. One thread.
class PacedBudget {
 public:
  void configure(double least_per_second, double ratio) noexcept {
    least_ = least_per_second;
    ratio_ = ratio;
    tokens_ = std::min(tokens_, least_);
  }

  /// `queries`: how many were seen since the start.
  [[nodiscard]] bool take(std::uint64_t queries, TimePoint now) noexcept {
    const double by_time = least_ * std::chrono::duration<double>(now - earned_at_).count();
    const double by_queries = ratio_ * static_cast<double>(queries - queries_);
    tokens_ = std::min(least_, tokens_ + std::max(by_time, by_queries));
    earned_at_ = now;
    queries_ = queries;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  /// When a token will be there at the latest.
  [[nodiscard]] TimePoint next(TimePoint now) const noexcept {
    const double lacking = std::max(0.0, 1 - tokens_);
    const double seconds = least_ > 0 ? lacking / least_ : 1;
    return now + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  }

 private:
  double least_ = 0, ratio_ = 0, tokens_ = 0;
  TimePoint earned_at_{};
  std::uint64_t queries_ = 0;
};

/// The same for all workers together, in thousandths of a token. Lock-free; exact enough.
class HedgeBudget {
 public:
  HedgeBudget(double ratio, double burst) noexcept {
    configure(ratio, burst);
    fill();
  }

  void configure(double ratio, double burst) noexcept {
    ratio_ = static_cast<std::int64_t>(ratio * kUnit);
    burst_ = static_cast<std::int64_t>(burst * kUnit);
  }

  /// As full as it gets: at the start.
  void fill() noexcept { tokens_.store(burst_.load()); }

  void earn() noexcept {
    const auto burst = burst_.load(std::memory_order_relaxed);
    if (tokens_.load(std::memory_order_relaxed) >= burst) return;  // the usual case writes nothing
    tokens_.fetch_add(ratio_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }

  [[nodiscard]] bool take() noexcept {
    if (tokens_.fetch_sub(kUnit, std::memory_order_relaxed) >= kUnit) return true;
    tokens_.fetch_add(kUnit, std::memory_order_relaxed);
    return false;
  }

  [[nodiscard]] double tokens() const noexcept {
    return static_cast<double>(tokens_.load(std::memory_order_relaxed)) / kUnit;
  }

 private:
  static constexpr std::int64_t kUnit = 1000;
  std::atomic<std::int64_t> ratio_{0}, burst_{0};
  alignas(kCacheLine) std::atomic<std::int64_t> tokens_{0};
};

}  // namespace holdfast
