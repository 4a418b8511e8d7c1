#include "cache/slot_index.h"

#include <new>
#include <utility>

namespace holdfast {
namespace {

constexpr std::size_t kFirstCapacity = 32;
/// malloc's own for two blocks, rounding included.
constexpr std::size_t kTwoBlocks = 32;

}  // namespace

std::size_t SlotIndex::bytes_for(std::size_t capacity) noexcept {
  if (capacity == 0) return 0;
  // NOLINTNEXTLINE(bugprone-sizeof-expression): of the pointers, not of the slots
  return capacity * (sizeof(std::uint32_t) + sizeof(Slot*)) + kTwoBlocks;
}

std::size_t SlotIndex::capacity_for_one_more() const noexcept {
  if (capacity_ == 0) return kFirstCapacity;
  return full() ? capacity_ + capacity_ / 2 : capacity_;
}

std::size_t SlotIndex::home(std::uint32_t hash) const noexcept {
  // Multiply and shift instead of a modulus: capacities need not be powers of two.
  return static_cast<std::size_t>((std::uint64_t{hash} * capacity_) >> 32U);
}

std::size_t SlotIndex::after(std::size_t at) const noexcept {
  return at + 1 == capacity_ ? 0 : at + 1;
}

std::size_t SlotIndex::distance(std::size_t from, std::size_t to) const noexcept {
  return to >= from ? to - from : to + capacity_ - from;
}

Slot* SlotIndex::find(std::uint32_t hash, const CacheKey& key, Place place) const noexcept {
  if (capacity_ == 0) return nullptr;
  for (std::size_t at = home(hash); hashes_[at] != 0; at = after(at)) {
    if (hashes_[at] == hash && slots_[at]->holds(key, place)) return slots_[at];
  }
  return nullptr;
}

bool SlotIndex::reserve_one() noexcept {
  if (!full()) return true;
  SlotIndex larger;
  larger.capacity_ = capacity_for_one_more();
  larger.hashes_.reset(new (std::nothrow) std::uint32_t[larger.capacity_]());
  larger.slots_.reset(new (std::nothrow) Slot*[larger.capacity_]);
  if (!larger.hashes_ || !larger.slots_) return false;
  for (std::size_t at = 0; at < capacity_; ++at) {
    if (hashes_[at] != 0) larger.insert(hashes_[at], *slots_[at]);
  }
  *this = std::move(larger);
  return true;
}

void SlotIndex::insert(std::uint32_t hash, Slot& slot) noexcept {
  std::size_t at = home(hash);
  while (hashes_[at] != 0)
    at = after(at);
  hashes_[at] = hash;
  slots_[at] = &slot;
  ++size_;
}

void SlotIndex::erase(std::uint32_t hash, const Slot& slot) noexcept {
  std::size_t hole = home(hash);
  while (slots_[hole] != &slot || hashes_[hole] == 0)
    hole = after(hole);
  // Whoever was pushed past the hole by it comes back, so that no search stops too early.
  for (std::size_t at = after(hole); hashes_[at] != 0; at = after(at)) {
    if (distance(home(hashes_[at]), at) < distance(hole, at)) continue;
    hashes_[hole] = hashes_[at];
    slots_[hole] = slots_[at];
    hole = at;
  }
  hashes_[hole] = 0;
  --size_;
}

}  // namespace holdfast
