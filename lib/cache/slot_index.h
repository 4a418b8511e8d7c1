// SlotIndex: finds slots by hash. Open addressing with linear probing over two arrays, so that a
// probe reads sixteen hashes in one cache line and touches a slot only where all 32 bits agree.
// Removing shifts back and leaves no tombstones. Grows by half, at 7/8 full: 14 to 21 bytes per
// slot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "cache/slot.h"

namespace holdfast {

/// Owns its arrays, not the slots. Guarded by its shard's lock.
class SlotIndex {
 public:
  /// Asks memory for where find() will look.
  void prefetch(std::uint32_t hash) const noexcept {
    if (capacity_ != 0) __builtin_prefetch(&hashes_[home(hash)]);
  }

  /// The slot for that key at that place; nullptr if none.
  [[nodiscard]] Slot* find(std::uint32_t hash, const CacheKey& key, Place place) const noexcept;

  /// Makes room for one more. False if there is no memory; nothing has changed then.
  [[nodiscard]] bool reserve_one() noexcept;
  /// Precondition: reserve_one() gave true, and no slot of that key and place is here.
  void insert(std::uint32_t hash, Slot& slot) noexcept;
  /// Precondition: the slot is here.
  void erase(std::uint32_t hash, const Slot& slot) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Places now, and after reserve_one().
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  [[nodiscard]] std::size_t capacity_for_one_more() const noexcept;
  /// What the arrays cost at that capacity.
  [[nodiscard]] static std::size_t bytes_for(std::size_t capacity) noexcept;

 private:
  [[nodiscard]] bool full() const noexcept { return size_ >= capacity_ - capacity_ / 8; }

  [[nodiscard]] std::size_t home(std::uint32_t hash) const noexcept;
  [[nodiscard]] std::size_t after(std::size_t at) const noexcept;
  /// Steps from one position to another, going round at the end.
  [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const noexcept;

  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::unique_ptr<std::uint32_t[]> hashes_;  // 0: free
  std::unique_ptr<Slot*[]> slots_;
};

}  // namespace holdfast
