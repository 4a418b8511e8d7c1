#include "cache/sieve_queue.h"

namespace holdfast {

void SieveQueue::push(Slot& slot, bool asked_again) noexcept {
  slot.visited_ = asked_again;
  slot.newer_ = nullptr;
  slot.older_ = newest_;
  (newest_ != nullptr ? newest_->newer_ : oldest_) = &slot;
  newest_ = &slot;
}

void SieveQueue::remove(Slot& slot) noexcept {
  if (hand_ == &slot) hand_ = slot.newer_;
  (slot.newer_ != nullptr ? slot.newer_->older_ : newest_) = slot.older_;
  (slot.older_ != nullptr ? slot.older_->newer_ : oldest_) = slot.newer_;
}

Slot* SieveQueue::choose_victim() noexcept {
  if (newest_ == nullptr) return nullptr;
  Slot* slot = hand_ != nullptr ? hand_ : oldest_;
  while (slot->visited_) {  // ends: the second round finds no marks
    slot->visited_ = false;
    slot = slot->newer_ != nullptr ? slot->newer_ : oldest_;
  }
  hand_ = slot;
  return slot;
}

}  // namespace holdfast
