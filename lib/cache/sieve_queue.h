// SieveQueue: in which order slots leave. SIEVE (Zhang et al., NSDI 2024): a queue by age and one
// mark per slot. A hit sets the mark and moves nothing; a hand goes from old to new, spares the
// marked once and takes the first unmarked. New slots that nobody asks again leave soon, so a scan
// does not drive out what is popular. Links live in the slots: no allocation.
#pragma once

#include "cache/slot.h"

namespace holdfast {

/// Owns nothing. Guarded by its shard's lock.
class SieveQueue {
 public:
  /// Joins as the newest. `asked_again`: it replaces an answer of the same key, so it starts
  /// marked.
  void push(Slot& slot, bool asked_again) noexcept;
  void remove(Slot& slot) noexcept;

  static void mark(Slot& slot) noexcept {
    if (!slot.visited_) slot.visited_ = true;  // a write would dirty the line on every hit
  }

  /// The slot that should leave next; it stays until remove(). nullptr if there is none.
  [[nodiscard]] Slot* choose_victim() noexcept;

  /// For walking everything, newest to oldest; nullptr at the end.
  [[nodiscard]] Slot* newest() const noexcept { return newest_; }

  [[nodiscard]] static Slot* next_older(const Slot& slot) noexcept { return slot.older_; }

 private:
  Slot* newest_ = nullptr;
  Slot* oldest_ = nullptr;
  Slot* hand_ = nullptr;  // nullptr: begins at the oldest
};

}  // namespace holdfast
