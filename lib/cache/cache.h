// The cache: answers by question, shared by all workers, bounded in bytes. One entry per question
// with two slots, positive and negative; the positive one kept past its expiry is the last-known-
// good answer. Knows no policy beyond TTLs: what may be stored is decided before insert(),
// what may be served stale by the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/function_ref.h"
#include "base/time.h"
#include "dns/normalise.h"
#include "dns/question.h"

namespace holdfast {

class CacheShard;

/// What is looked up. Answers for DO=1 and DO=0, CD=1 and CD=0 are kept apart.
struct CacheKey {
  dns::Bytes name;  // uncompressed wire name, any case
  dns::RrType type;
  dns::RrClass rr_class;
  bool dnssec_ok = false;
  bool checking_disabled = false;
};

/// What is remembered of an answer besides its message.
struct AnswerTags {
  bool authentic = false;              // AD of a `trust_ad` upstream; cleared on stale
  bool holds_private_address = false;  // see route visibility split-view
  std::uint8_t upstream_class = 0;     // UpstreamClass that gave it
  std::uint8_t blocked = 0;            // the EDE, 15 to 18, that it came with; 0: none
};

/// A held answer, valid only inside the visit: the shard is locked and the spans point into it.
struct CachedAnswer {
  dns::Bytes message;  // header, question, records; no OPT; question in some case
  std::span<const std::uint16_t> ttl_offsets;
  dns::AnswerKind kind;
  AnswerTags tags;
  std::uint32_t age;  // seconds since it was stored: subtract from the TTLs
  Duration left;      // until it expires; negative: stale for that long
};

/// The times of an answer that another memory held; any of them may lie before the machine's start.
struct Lifetime {
  TimePoint stored;
  TimePoint expires;
  TimePoint since;  // a positive answer's question has been answered positively from then on
};

/// The positive answer that a question had last, fresh or not.
struct LastGood {
  std::uint8_t upstream_class = 0;  // UpstreamClass that gave it
  TimePoint expires;
  TimePoint since;  // answered positively from then on, to the second
};

/// What was found out about an answer while it was stored.
struct Inserted {
  TimePoint since{};    // as in LastGood; of a negative answer, when it was stored
  bool shrunk = false;  // fewer than half of the records that its question had last
};

enum class Freshness : std::uint8_t { miss, fresh, stale };

struct CacheFound {
  Freshness freshness = Freshness::miss;
  /// Nothing fresh is held, and an answer that is held for the name, of whatever type, came from
  /// class cloud with a private address: other views of it may differ.
  bool split_view_hint = false;
  /// Fresh, popular, about to end, and nobody refreshes it: who will, claims it.
  bool refresh_due = false;
};

/// For metrics. The last two are cumulative.
struct CacheStats {
  std::uint64_t entries = 0;  // answers held: slots, not questions
  std::uint64_t bytes = 0;    // all that they cost: allocator overhead and index included
  std::uint64_t inserts = 0;
  std::uint64_t evictions = 0;
};

/// Called with the shard locked: copies what it needs and leaves; must not call the cache.
using UseAnswer = FunctionRef<void(const CachedAnswer&)>;

/// Thread-safe: lock-striped shards.
class Cache {
 public:
  /// Never holds more than `max_bytes` (as counted in CacheStats::bytes). `seed` makes hashes
  /// unpredictable to clients.
  Cache(std::size_t max_bytes, std::uint64_t seed);
  ~Cache();
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  /// Fresh: calls use() with the answer: the positive slot first, then the negative one, then a
  /// fresh NXDOMAIN of the name (which answers every type). Otherwise says whether something stale
  /// is held. No allocation.
  CacheFound find(const CacheKey& key, TimePoint now, UseAnswer use) noexcept;

  /// True for one of those who were told that a refresh is due: the one who sees to it.
  [[nodiscard]] bool claim_refresh(const CacheKey& key, TimePoint now) noexcept;

  /// The best held answer no longer than `max_stale` past expiry, fresh included: a positive one,
  /// whatever negatives were stored later; else a negative one. False if none. use() sees left < 0
  /// when stale.
  bool find_stale(const CacheKey& key, TimePoint now, Duration max_stale, UseAnswer use) noexcept;

  /// Stores an answer for `ttl` (already capped by the caller) from `now`; with 0 it is stale at
  /// once. NXDOMAIN of the asked name is kept for all its types; behind a CNAME only for the type
  /// asked. What it contradicts goes: a positive answer clears the negative slot and the name's
  /// NXDOMAIN, a negative one the positive slot, NXDOMAIN what is stale of the other usual types.
  /// Who wants to keep a last good answer does not store what speaks against it. An answer larger
  /// than a quarter of a shard is not stored.
  Inserted insert(const CacheKey& key, const dns::NormalisedAnswer& answer, const AnswerTags& tags,
                  Duration ttl, TimePoint now);

  /// Takes in an answer of another memory, a store's or a fleet's. Whatever is held already is
  /// worth more: what it contradicts or repeats is not taken, and what comes leaves before it; who
  /// brings the newest first keeps those longest. False if it was not taken.
  bool restore(const CacheKey& key, const dns::NormalisedAnswer& answer, const AnswerTags& tags,
               const Lifetime& times);

  /// The positive answer that is held for the question, however long past its expiry. An
  /// `nxdomain` speaks of every type: with it, the best one held for the name.
  [[nodiscard]] std::optional<LastGood> last_good(const CacheKey& key,
                                                  bool nxdomain) const noexcept;

  /// Drops every entry of that very name (all types). Returns how many.
  std::size_t flush_name(const dns::Name& name);
  /// Drops every entry at or below the zone. Returns how many. Walks everything.
  std::size_t flush_zone(const dns::Name& zone);

  [[nodiscard]] CacheStats stats() const;

  [[nodiscard]] std::size_t max_bytes() const noexcept { return max_bytes_; }

 private:
  [[nodiscard]] CacheShard& shard_of(std::uint64_t name_hash) const noexcept;

  std::size_t max_bytes_;
  std::uint64_t seed_;
  std::size_t shard_count_;  // a power of two
  std::unique_ptr<CacheShard[]> shards_;
};

}  // namespace holdfast
