// UpstreamTraits: what an upstream was found to be able to do: EDNS, 0x20. Shared by the workers,
// learned in passing; a lost update costs one more exchange, so relaxed atomics are enough.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/time.h"
#include "upstream/upstream.h"

namespace holdfast {

class UpstreamTraits {
 public:
  enum class Edns : std::uint8_t { unknown, works, off };
  static constexpr Duration kSecondProof = 1s;

  [[nodiscard]] Edns edns(UpstreamId id) const noexcept {
    return cell(id).edns.load(std::memory_order_relaxed);
  }

  void set_edns(UpstreamId id, Edns value) noexcept {
    cell(id).edns.store(value, std::memory_order_relaxed);
    cell(id).first_plain.store(kNever.time_since_epoch().count(), std::memory_order_relaxed);
  }

  /// It answered without EDNS what it had not answered with it. One datagram may have been lost, or
  /// one FORMERR be a mood: it does not do EDNS when that happens again kSecondProof later.
  void note_plain_answer(UpstreamId id, TimePoint now) noexcept {
    if (edns(id) != Edns::unknown) return;
    Cell& known = cell(id);
    const TimePoint first = TimePoint(Duration(known.first_plain.load(std::memory_order_relaxed)));
    if (first == kNever) {
      known.first_plain.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    } else if (now - first >= kSecondProof) {
      set_edns(id, Edns::off);
    }
  }

  /// False once a reply came back in other case than it was asked (it is then not health's
  /// business).
  [[nodiscard]] bool keeps_case(UpstreamId id) const noexcept {
    return !cell(id).folds_case.load(std::memory_order_relaxed);
  }

  void set_folds_case(UpstreamId id) noexcept {
    cell(id).folds_case.store(true, std::memory_order_relaxed);
  }

  /// A new server stands behind the id, or the network changed: nothing is known.
  void reset(UpstreamId id) noexcept {
    set_edns(id, Edns::unknown);
    cell(id).folds_case.store(false, std::memory_order_relaxed);
  }

 private:
  struct Cell {
    std::atomic<Edns> edns{Edns::unknown};
    std::atomic<std::int64_t> first_plain{kNever.time_since_epoch().count()};
    std::atomic<bool> folds_case{false};
  };

  [[nodiscard]] const Cell& cell(UpstreamId id) const noexcept { return cells_[index(id)]; }

  [[nodiscard]] Cell& cell(UpstreamId id) noexcept { return cells_[index(id)]; }

  std::array<Cell, kMaxUpstreams> cells_{};
};

}  // namespace holdfast
