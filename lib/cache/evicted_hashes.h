// EvictedHashes: a short memory of what eviction took. A slot whose key comes back soon after it
// was evicted was taken too early; it starts with a mark (see sieve_queue.h). Two bytes per place,
// a place for every third slot or so; it may forget and, once in 32768, be wrong: it is a hint.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace holdfast {

/// Guarded by its shard's lock.
class EvictedHashes {
 public:
  /// What remembering beside an index of that capacity costs.
  [[nodiscard]] static std::size_t bytes_for(std::size_t index_capacity) noexcept;
  /// Starts anew for an index of that capacity. Without memory it remembers nothing.
  void resize(std::size_t index_capacity) noexcept;

  void remember(std::uint32_t hash) noexcept;
  [[nodiscard]] bool recall(std::uint32_t hash) const noexcept;

 private:
  [[nodiscard]] std::size_t place(std::uint32_t hash) const noexcept;

  std::size_t size_ = 0;
  std::unique_ptr<std::uint16_t[]> tags_;  // the low half of a hash, which is never 0
};

}  // namespace holdfast
