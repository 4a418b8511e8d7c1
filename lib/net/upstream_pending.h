// PendingReplies: the queries that went out through one socket and have no reply yet, by message
// id. AnsweredIds: those that had one a moment ago.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/slab.h"

namespace holdfast {

/// A plain list: few are in flight on one of 64 ports, or on one connection, and a scan of a few
/// dozen beats any table. Bounded by its owner.
class PendingReplies {
 public:
  struct Entry {
    std::uint16_t id;
    SlabHandle exchange;
  };

  /// An unpredictable id that nothing here has; nullopt if luck ran out.
  [[nodiscard]] std::optional<std::uint16_t> unused_id(Random& random) const noexcept {
    constexpr int kTries = 16;  // with 1,000 of 65,536 ids taken: never needed
    for (int i = 0; i < kTries; ++i) {
      const auto id = static_cast<std::uint16_t>(random.u32());
      if (find(id) == nullptr) return id;
    }
    return std::nullopt;
  }

  /// Precondition: the id is unused.
  void add(std::uint16_t id, SlabHandle exchange) { entries_.push_back({id, exchange}); }

  /// nullptr if nothing waits for the id. Valid until the next change.
  [[nodiscard]] const Entry* find(std::uint16_t id) const noexcept {
    const auto it = std::ranges::find(entries_, id, &Entry::id);
    return it == entries_.end() ? nullptr : &*it;
  }

  void forget(std::uint16_t id) noexcept {
    const auto it = std::ranges::find(entries_, id, &Entry::id);
    if (it == entries_.end()) return;
    *it = entries_.back();
    entries_.pop_back();
  }

  [[nodiscard]] std::span<const Entry> all() const noexcept { return entries_; }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

  /// All of them, which are then forgotten here.
  [[nodiscard]] std::vector<Entry> take() noexcept { return std::exchange(entries_, {}); }

 private:
  std::vector<Entry> entries_;
};

/// The ids of the last replies that came through one socket: one more of those is a duplicate,
/// which networks make, and no guess.
class AnsweredIds {
 public:
  void add(std::uint16_t id) noexcept { ids_[count_++ % ids_.size()] = id; }

  [[nodiscard]] bool has(std::uint16_t id) const noexcept {
    const auto known = std::span(ids_).first(std::min(count_, ids_.size()));
    return std::ranges::find(known, id) != known.end();
  }

 private:
  std::array<std::uint16_t, 8> ids_{};
  std::size_t count_ = 0;
};

}  // namespace holdfast
