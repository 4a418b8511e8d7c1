#include "cache/cache.h"

#include <algorithm>
#include <bit>

#include "cache/cache_shard.h"

namespace holdfast {
namespace {

/// Enough that workers seldom meet at one lock.
constexpr std::size_t kMostShards = 64;
/// A quarter of a shard, the most one answer may take, should hold every message (64 KiB) and
/// change.
constexpr std::size_t kSmallestShard = std::size_t{512} * 1024;
constexpr std::size_t kLargestShareOfShard = 4;

std::size_t shards_for(std::size_t max_bytes) noexcept {
  return std::clamp(std::bit_floor(max_bytes / kSmallestShard), std::size_t{1}, kMostShards);
}

/// `name` is `zone` or below it; both are whole wire names.
bool is_within(dns::Bytes name, dns::Bytes zone) noexcept {
  while (name.size() > zone.size())
    name = name.subspan(name[0] + 1U);
  return dns::equal_names(name, zone);
}

}  // namespace

Cache::Cache(std::size_t max_bytes, std::uint64_t seed)
    : max_bytes_(max_bytes),
      seed_(seed),
      shard_count_(shards_for(max_bytes)),
      shards_(std::make_unique<CacheShard[]>(shard_count_)) {
  for (std::size_t i = 0; i < shard_count_; ++i) {
    shards_[i].configure(max_bytes / shard_count_, seed);
  }
}

Cache::~Cache() = default;

CacheShard& Cache::shard_of(std::uint64_t name_hash) const noexcept {
  // The upper half chooses the shard; the index mixes all bits anew.
  return shards_[(name_hash >> 32U) & (shard_count_ - 1)];
}

CacheFound Cache::find(const CacheKey& key, TimePoint now, UseAnswer use) noexcept {
  const std::uint64_t hash = dns::hash_name(key.name, seed_);
  return shard_of(hash).find({key, hash}, now, use);
}

bool Cache::claim_refresh(const CacheKey& key, TimePoint now) noexcept {
  const std::uint64_t hash = dns::hash_name(key.name, seed_);
  return shard_of(hash).claim_refresh({key, hash}, now);
}

bool Cache::find_stale(const CacheKey& key, TimePoint now, Duration max_stale,
                       UseAnswer use) noexcept {
  const std::uint64_t hash = dns::hash_name(key.name, seed_);
  return shard_of(hash).find_stale({key, hash}, now, max_stale, use);
}

Inserted Cache::insert(const CacheKey& key, const dns::NormalisedAnswer& answer,
                       const AnswerTags& tags, Duration ttl, TimePoint now) {
  const std::uint64_t hash = dns::hash_name(key.name, seed_);
  CacheShard& shard = shard_of(hash);
  // Allocated and copied before the lock is taken.
  SlotPtr slot = Slot::make(key, answer, tags, {now, now + ttl, now});
  if (!slot || slot->cost() > shard.max_bytes() / kLargestShareOfShard) return {now};
  return shard.insert({key, hash}, std::move(slot), now);
}

bool Cache::restore(const CacheKey& key, const dns::NormalisedAnswer& answer,
                    const AnswerTags& tags, const Lifetime& times) {
  const std::uint64_t hash = dns::hash_name(key.name, seed_);
  CacheShard& shard = shard_of(hash);
  SlotPtr slot = Slot::make(key, answer, tags, times);
  if (!slot || slot->cost() > shard.max_bytes() / kLargestShareOfShard) return false;
  return shard.restore({key, hash}, std::move(slot));
}

std::optional<LastGood> Cache::last_good(const CacheKey& key, bool nxdomain) const noexcept {
  const std::uint64_t hash = dns::hash_name(key.name, seed_);
  return shard_of(hash).last_good({key, hash}, nxdomain);
}

std::size_t Cache::flush_name(const dns::Name& name) {
  return shard_of(dns::hash_name(name.wire(), seed_)).erase_if([&](dns::Bytes held) {
    return dns::equal_names(held, name.wire());
  });
}

std::size_t Cache::flush_zone(const dns::Name& zone) {
  std::size_t flushed = 0;
  for (std::size_t i = 0; i < shard_count_; ++i) {
    flushed += shards_[i].erase_if([&](dns::Bytes held) { return is_within(held, zone.wire()); });
  }
  return flushed;
}

CacheStats Cache::stats() const {
  CacheStats stats;
  for (std::size_t i = 0; i < shard_count_; ++i)
    shards_[i].add_to(stats);
  return stats;
}

}  // namespace holdfast
