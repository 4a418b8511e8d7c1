// DrillBoard: which exchanges are to be spoiled, as every thread sees it. One control thread
// writes; transports ask before each exchange, and pay one relaxed load while no drill runs. A
// drill ends by its own time here, whatever becomes of the thread that began it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "upstream/upstream.h"

namespace holdfast {

enum class DrillMode : std::uint8_t { timeout, servfail, refused, nxdomain, empty, slow, loss };
inline constexpr std::size_t kDrillModes = 7;

/// How exchanges with an upstream are spoiled.
struct Spoiling {
  DrillMode mode = DrillMode::timeout;
  std::uint8_t percent = 100;  // of the exchanges; of `loss`, of the packets each way
  Duration delay{};            // of `slow`
};

/// Which routes a drill reaches: one, by its label, or all that are not private.
using DrillScope = std::uint64_t;
inline constexpr DrillScope kEveryPublicRoute = 0;

/// FNV-1a: labels of one configuration are few.
[[nodiscard]] constexpr DrillScope drill_scope(std::string_view label) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : label)
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return hash == kEveryPublicRoute ? 1 : hash;
}

class DrillBoard {
 public:
  /// Costs one relaxed load; true until quiet() even if the time is over.
  [[nodiscard]] bool active() const noexcept { return active_.load(std::memory_order_relaxed); }

  /// Of an upstream, at this moment; nullopt: its exchanges are left alone.
  [[nodiscard]] std::optional<Spoiling> find(UpstreamId id, TimePoint now) const noexcept {
    const std::uint32_t word = words_[index(id)].load(std::memory_order_acquire);
    if (word == 0 || now.time_since_epoch().count() >= until_.load(std::memory_order_relaxed)) {
      return std::nullopt;
    }
    return Spoiling{static_cast<DrillMode>((word & 0xffU) - 1),
                    static_cast<std::uint8_t>(word >> 8U & 0xffU),
                    std::chrono::milliseconds(word >> 16U)};
  }

  [[nodiscard]] DrillScope scope() const noexcept { return scope_.load(std::memory_order_relaxed); }

  /// An exchange was in reach of the drill, and was spoiled or not.
  void count(bool spoiled) noexcept {
    seen_.fetch_add(1, std::memory_order_relaxed);
    if (spoiled) spoiled_.fetch_add(1, std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t seen() const noexcept {
    return seen_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t spoiled() const noexcept {
    return spoiled_.load(std::memory_order_relaxed);
  }

  /// The rest is the control thread's. A drill begins; nothing is spoiled yet.
  void begin(DrillScope scope, TimePoint until) noexcept {
    scope_.store(scope, std::memory_order_relaxed);
    until_.store(until.time_since_epoch().count(), std::memory_order_relaxed);
    active_.store(true, std::memory_order_relaxed);
  }

  /// nullopt: no longer. Precondition: percent ≤ 100, delay under 65 s.
  void spoil(UpstreamId id, const std::optional<Spoiling>& how) noexcept {
    std::uint32_t word = 0;
    if (how) {
      const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(how->delay).count();
      word = (static_cast<std::uint32_t>(how->mode) + 1) |
             static_cast<std::uint32_t>(how->percent) << 8U |
             static_cast<std::uint32_t>(delay) << 16U;
    }
    words_[index(id)].store(word, std::memory_order_release);
  }

  void quiet() noexcept {
    active_.store(false, std::memory_order_relaxed);
    for (auto& word : words_)
      word.store(0, std::memory_order_release);
  }

 private:
  std::atomic<bool> active_{false};
  std::atomic<DrillScope> scope_{0};
  std::atomic<std::int64_t> until_{0};
  std::array<std::atomic<std::uint32_t>, kMaxUpstreams> words_{};
  std::atomic<std::uint64_t> seen_{0}, spoiled_{0};
};

}  // namespace holdfast
