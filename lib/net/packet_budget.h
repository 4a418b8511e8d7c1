// Packet budgets: a provider that drops what exceeds so many packets a second (a cloud resolver
// does, per network interface) is kept below that by all threads together. Retries and hedges count
// too.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/time.h"

namespace holdfast {

/// The bucket of one provider. Any thread, lock-free.
///
/// A generic cell rate algorithm: all state is the time at which the bucket would be full again, so
/// one compare-and-swap takes a token. A burst of an eighth of the budget and a rate of the other
/// seven eighths make that in no second, wherever it begins, the budget is exceeded.
class PacketBudget {
 public:
  /// Takes `packets` at `now` out of `per_second`; false, taking nothing, if they are not there.
  /// Precondition: per_second > 0.
  [[nodiscard]] bool take(TimePoint now, std::uint32_t per_second, unsigned packets) noexcept {
    const std::int64_t per = per_second;
    const std::int64_t burst = std::max<std::int64_t>(per / 8, 1);
    const std::int64_t interval = kSecond / std::max<std::int64_t>(per - burst, 1);
    const std::int64_t at = now.time_since_epoch().count();
    std::int64_t full = full_at_.load(std::memory_order_relaxed);
    for (;;) {
      const std::int64_t next = std::max(full, at) + interval * static_cast<std::int64_t>(packets);
      // More packets at once than the burst holds still go, alone: a handshake is not divisible.
      if (next - at > interval * std::max<std::int64_t>(burst, packets)) return false;
      if (full_at_.compare_exchange_weak(full, next, std::memory_order_relaxed)) return true;
    }
  }

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;
  std::atomic<std::int64_t> full_at_{0};
};

/// The process's budgets by provider. Any thread.
class PacketBudgets {
 public:
  /// The provider's bucket, made at the first call; it lives as long as this object.
  [[nodiscard]] PacketBudget& of(const std::string& provider_name) {
    const std::lock_guard lock(mutex_);
    return budgets_[provider_name];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, PacketBudget> budgets_;  // a map: references stay
};

}  // namespace holdfast
