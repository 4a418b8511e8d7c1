// HealthBoard: how each upstream fares, as all workers see it. One control thread writes, everybody
// reads without locks. The state machine behind it is health.h; a worker's own quicker suspicion is
// ledger.h.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/cache_line.h"
#include "base/time.h"
#include "upstream/upstream.h"

namespace holdfast {

enum class HealthState : std::uint8_t { up, suspect, down, recovering };
enum class Forced : std::uint8_t { automatic, up, down };

[[nodiscard]] const char* to_string(HealthState state) noexcept;
[[nodiscard]] const char* to_string(Forced forced) noexcept;

/// One upstream as the selector sees it. A value: read once, then consistent.
struct HealthView {
  HealthState state = HealthState::up;
  Forced forced = Forced::automatic;
  float share = 1;  // of a recovering upstream: 0.1 … 1
  Duration p95{};
  Duration p99{};
  Duration srtt{};
  bool measured = false;  // p95 and p99 rest on enough samples
  bool barred = false;    // leads back to us: never asked, whatever the operator says

  /// up, suspect, recovering or forced-up.
  [[nodiscard]] bool usable() const noexcept {
    if (never_asked()) return false;
    return forced == Forced::up || state != HealthState::down;
  }

  /// Not even where nobody else is left.
  [[nodiscard]] bool never_asked() const noexcept { return barred || forced == Forced::down; }

  /// The state with the operator's word in it.
  [[nodiscard]] HealthState effective() const noexcept {
    if (forced == Forced::up && !barred) return HealthState::up;
    return forced == Forced::down ? HealthState::down : state;
  }
};

class HealthBoard {
 public:
  /// `initial` is what an upstream nobody has published yet looks like.
  explicit HealthBoard(const HealthView& initial);

  [[nodiscard]] HealthView read(UpstreamId id) const noexcept;

  /// Control thread only.
  void publish(UpstreamId id, const HealthView& view) noexcept;

  /// Control thread only: an upstream is worth asking again, or no longer.
  void advance_epoch() noexcept { epoch_.fetch_add(1, std::memory_order_relaxed); }

  /// Remembered failures of questions are only believed within one epoch: when an upstream changes
  /// for good, they are asked again.
  [[nodiscard]] std::uint32_t epoch() const noexcept {
    return epoch_.load(std::memory_order_relaxed);
  }

 private:
  struct Cell {
    std::atomic<std::uint64_t> word;  // state, forced, share, measured, barred
    std::atomic<std::uint32_t> p95_us;
    std::atomic<std::uint32_t> p99_us;
    std::atomic<std::uint32_t> srtt_us;
  };

  std::unique_ptr<std::array<Cell, kMaxUpstreams>> cells_;
  alignas(kCacheLine) std::atomic<std::uint32_t> epoch_{0};
};

}  // namespace holdfast
