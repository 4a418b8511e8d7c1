#include "cache/sieve_queue.h"

namespace holdfast {

void SieveQueue::push(Slot& slot, bool known) noexcept {
  slot.marks_ = known ? 1 : 0;
  slot.newer_ = nullptr;
  slot.older_ = newest_;
  (newest_ != nullptr ? newest_->newer_ : oldest_) = &slot;
  newest_ = &slot;
}

void SieveQueue::push_oldest(Slot& slot) noexcept {
  slot.marks_ = 0;
  slot.older_ = nullptr;
  slot.newer_ = oldest_;
  (oldest_ != nullptr ? oldest_->older_ : newest_) = &slot;
  oldest_ = &slot;
}

void SieveQueue::remove(Slot& slot) noexcept {
  if (hand_ == &slot) hand_ = slot.newer_;
  (slot.newer_ != nullptr ? slot.newer_->older_ : newest_) = slot.older_;
  (slot.older_ != nullptr ? slot.older_->newer_ : oldest_) = slot.newer_;
}

Slot* SieveQueue::choose_victim() noexcept {
  if (newest_ == nullptr) return nullptr;
  Slot* slot = hand_ != nullptr ? hand_ : oldest_;
  while (slot->marks_ > 0) {  // ends: each round takes a mark from all
    slot->marks_ = (slot->marks_ - 1U) & kMostMarks;
    slot = slot->newer_ != nullptr ? slot->newer_ : oldest_;
  }
  hand_ = slot;
  return slot;
}

}  // namespace holdfast
