// Packet budgets: a provider that drops what exceeds so many packets a second (a cloud resolver
// does, per network interface) is kept below that by all threads together. Every packet counts:
// questions, retries, hedges, probes, and what TCP needs besides.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/time.h"
#include "upstream/upstream.h"

namespace holdfast {

/// Packets that an exchange costs. Over TCP: query and acknowledgement; for a new connection, the
/// handshake and the end.
[[nodiscard]] constexpr unsigned packets_of_exchange(bool over_tcp, bool connected) noexcept {
  if (!over_tcp) return 1;
  return connected ? 2 : 6;
}

/// What TLS adds to a new connection: two flights each way (RFC 8446 2), theirs of two or three.
inline constexpr unsigned kTlsHandshakePackets = 5;

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
    const Rate rate(per_second);
    const std::int64_t at = now.time_since_epoch().count();
    std::int64_t full = full_at_.load(std::memory_order_relaxed);
    for (;;) {
      const std::int64_t next = std::max(full, at) + rate.interval * std::int64_t{packets};
      // More packets at once than the burst holds still go, alone: a handshake is not divisible.
      if (next - at > rate.interval * std::max<std::int64_t>(rate.burst, packets)) return false;
      if (full_at_.compare_exchange_weak(full, next, std::memory_order_relaxed)) return true;
    }
  }

  /// Whether `packets` more would leave half of the burst: the reserve of questions that have
  /// nobody else yet. Takes nothing. Precondition: per_second > 0.
  [[nodiscard]] bool spare(TimePoint now, std::uint32_t per_second,
                           unsigned packets) const noexcept {
    const Rate rate(per_second);
    const std::int64_t at = now.time_since_epoch().count();
    const std::int64_t full = std::max(full_at_.load(std::memory_order_relaxed), at);
    return full - at + rate.interval * std::int64_t{packets} <=
           rate.interval * (rate.burst - rate.burst / 2);
  }

 private:
  struct Rate {
    explicit Rate(std::int64_t per_second)
        : burst(std::max<std::int64_t>(per_second / 8, 1)),
          interval(kSecond / std::max<std::int64_t>(per_second - burst, 1)) {}

    std::int64_t burst, interval;
  };

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

/// One thread's way to the budgets, by upstream. Each is looked up once: PacketBudgets has a lock.
class PacketGate {
 public:
  /// budgets outlives this.
  explicit PacketGate(PacketBudgets& budgets) : budgets_(budgets) {}

  /// Takes `packets` out of the budget of the upstream's provider; false, taking nothing, if they
  /// are not there. Without a budget: true.
  [[nodiscard]] bool take(const Upstream& upstream, unsigned packets, TimePoint now) {
    return upstream.max_pps == 0 || of(upstream).take(now, upstream.max_pps, packets);
  }

  /// Whether that would leave the reserve, see PacketBudget::spare().
  [[nodiscard]] bool spare(const Upstream& upstream, unsigned packets, TimePoint now) {
    return upstream.max_pps == 0 || of(upstream).spare(now, upstream.max_pps, packets);
  }

 private:
  struct Known {
    std::string provider_name;
    PacketBudget* budget = nullptr;
  };

  [[nodiscard]] PacketBudget& of(const Upstream& upstream) {
    Known& known = known_[index(upstream.id)];
    if (known.budget == nullptr || known.provider_name != upstream.provider_name) {
      known = {upstream.provider_name, &budgets_.of(upstream.provider_name)};
    }
    return *known.budget;
  }

  PacketBudgets& budgets_;
  std::array<Known, kMaxUpstreams> known_;
};

}  // namespace holdfast
