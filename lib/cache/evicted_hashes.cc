#include "cache/evicted_hashes.h"

#include <new>

namespace holdfast {
namespace {

/// On the Zipf trace of bench/RESULTS.md a quarter to a half of the entries' number does best: a
/// longer memory welcomes names that are not popular enough.
constexpr std::size_t places_for(std::size_t index_capacity) noexcept {
  return index_capacity / 4;
}

}  // namespace

std::size_t EvictedHashes::bytes_for(std::size_t index_capacity) noexcept {
  return places_for(index_capacity) * sizeof(std::uint16_t);
}

void EvictedHashes::resize(std::size_t index_capacity) noexcept {
  const std::size_t places = places_for(index_capacity);
  tags_.reset(new (std::nothrow) std::uint16_t[places]());
  size_ = tags_ ? places : 0;
}

std::size_t EvictedHashes::place(std::uint32_t hash) const noexcept {
  return static_cast<std::size_t>((std::uint64_t{hash} * size_) >> 32U);
}

void EvictedHashes::remember(std::uint32_t hash) noexcept {
  if (size_ > 0) tags_[place(hash)] = static_cast<std::uint16_t>(hash);
}

bool EvictedHashes::recall(std::uint32_t hash) const noexcept {
  return size_ > 0 && tags_[place(hash)] == static_cast<std::uint16_t>(hash);
}

}  // namespace holdfast
