// SieveQueue: in which order slots leave. SIEVE (Zhang et al., NSDI 2024): a queue by age, marks on
// the slots. A hit sets a mark and moves nothing; a hand goes from old to new, takes a mark from
// each slot that has one and evicts the first that has none. New slots that nobody asks again leave
// soon, so a scan does not drive out what is popular. Two things differ from the paper and win a
// point of hit ratio: up to three marks instead of one, and a first mark for what comes back (see
// evicted_hashes.h). Links live in the slots: no allocation.
#pragma once

#include "cache/slot.h"

namespace holdfast {

/// Owns nothing. Guarded by its shard's lock.
class SieveQueue {
 public:
  /// Joins as the newest. `asked_again`: it replaces an answer of the same key, so it starts
  /// marked.
  void push(Slot& slot, bool asked_again) noexcept;
  /// Joins as the oldest, unmarked: an answer of former times, when the newest of them come first.
  void push_oldest(Slot& slot) noexcept;
  void remove(Slot& slot) noexcept;

  /// Writes nothing from the third time on: the line of a popular slot stays clean.
  static void mark(Slot& slot) noexcept {
    if (slot.marks_ < kMostMarks) slot.marks_ = (slot.marks_ + 1U) & kMostMarks;
  }

  /// Was it asked for several times since it was stored, or since eviction last looked at it?
  static bool is_popular(const Slot& slot) noexcept { return slot.marks_ == kMostMarks; }

  /// Asks memory for what choose_victim() will look at first.
  void prefetch_victim() const noexcept { __builtin_prefetch(hand_ != nullptr ? hand_ : oldest_); }

  /// The slot that should leave next; it stays until remove(). nullptr if there is none.
  [[nodiscard]] Slot* choose_victim() noexcept;

  /// For walking everything, newest to oldest; nullptr at the end.
  [[nodiscard]] Slot* newest() const noexcept { return newest_; }

  [[nodiscard]] static Slot* next_older(const Slot& slot) noexcept { return slot.older_; }

 private:
  static constexpr unsigned kMostMarks = 3;

  Slot* newest_ = nullptr;
  Slot* oldest_ = nullptr;
  Slot* hand_ = nullptr;  // nullptr: begins at the oldest
};

}  // namespace holdfast
