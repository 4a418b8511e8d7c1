// CacheShard: one lock and what it guards: the slots of 1/n of all names. All answers of a name, of
// every type, live in one shard, so what they say of each other is decided under one lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/cache_line.h"
#include "base/function_ref.h"
#include "cache/cache.h"
#include "cache/evicted_hashes.h"
#include "cache/sieve_queue.h"
#include "cache/slot.h"
#include "cache/slot_index.h"

namespace holdfast {

/// A key, and dns::hash_name() of its name, which is reckoned before the lock is taken.
struct HashedKey {
  const CacheKey& key;
  std::uint64_t name_hash;
};

/// Thread-safe. On cache lines of its own: a neighbour's lock is no business of this one's.
class alignas(kCacheLine) CacheShard {
 public:
  CacheShard() = default;
  ~CacheShard();
  CacheShard(const CacheShard&) = delete;
  CacheShard& operator=(const CacheShard&) = delete;

  /// Before first use. `max_bytes`: of slots and index together; `seed`: that of name_hash.
  void configure(std::size_t max_bytes, std::uint64_t seed) noexcept;

  /// As in Cache.
  CacheFound find(const HashedKey& key, TimePoint now, UseAnswer use) noexcept;
  [[nodiscard]] bool claim_refresh(const HashedKey& key, TimePoint now) noexcept;
  bool find_stale(const HashedKey& key, TimePoint now, Duration max_stale, UseAnswer use) noexcept;

  /// Takes in an answer for that key; what it contradicts goes, or ends being fresh.
  Inserted insert(const HashedKey& key, SlotPtr slot, TimePoint now) noexcept;

  /// As in Cache.
  bool restore(const HashedKey& key, SlotPtr slot) noexcept;
  [[nodiscard]] std::optional<LastGood> last_good(const HashedKey& key,
                                                  bool nxdomain) const noexcept;

  /// Drops every slot whose name (in wire form, any case) is chosen. Returns how many.
  std::size_t erase_if(FunctionRef<bool(dns::Bytes name)> chosen) noexcept;

  void add_to(CacheStats& stats) const noexcept;

  [[nodiscard]] std::size_t max_bytes() const noexcept { return max_bytes_; }

 private:
  // All below: the lock is held.
  void prefetch(const HashedKey& key) const noexcept;
  [[nodiscard]] Slot* slot_at(const HashedKey& key, Place place) const noexcept;
  [[nodiscard]] bool hints_split_view(const HashedKey& key) const noexcept;
  void contradict(const HashedKey& key, Place by, TimePoint now) noexcept;
  [[nodiscard]] bool takes_in(const HashedKey& key, const Slot& slot) noexcept;
  [[nodiscard]] Slot* positive_of(const HashedKey& key, dns::RrType type) const noexcept;
  enum class Joins : std::uint8_t { as_new, asked_again, as_oldest };
  void add(const HashedKey& key, SlotPtr slot, Joins how) noexcept;
  void drop(const HashedKey& key, Place place) noexcept;
  [[nodiscard]] bool make_room(std::size_t cost) noexcept;
  [[nodiscard]] bool reserve_one() noexcept;
  [[nodiscard]] std::size_t bytes_at(std::size_t index_capacity) const noexcept;
  /// Returns the hash it was found by.
  std::uint32_t remove(Slot& slot) noexcept;

  mutable std::mutex mutex_;
  SlotIndex index_;
  SieveQueue queue_;
  EvictedHashes evicted_;
  std::size_t slot_bytes_ = 0;
  std::size_t hints_ = 0;  // slots that hint at a split view
  std::size_t max_bytes_ = 0;
  std::uint64_t seed_ = 0;
  std::uint64_t inserts_ = 0;
  std::uint64_t evictions_ = 0;
};

}  // namespace holdfast
