#include "cache/cache_shard.h"

namespace holdfast {
namespace {

/// Of a name; what else there may be is asked for too seldom to be looked after.
constexpr dns::RrType kUsualTypes[] = {dns::RrType::a,     dns::RrType::aaaa, dns::RrType::https,
                                       dns::RrType::svcb,  dns::RrType::mx,   dns::RrType::txt,
                                       dns::RrType::srv,   dns::RrType::ptr,  dns::RrType::ns,
                                       dns::RrType::cname, dns::RrType::soa,  dns::RrType::caa};

}  // namespace

CacheShard::~CacheShard() {
  while (queue_.newest() != nullptr)
    remove(*queue_.newest());
}

void CacheShard::configure(std::size_t max_bytes, std::uint64_t seed) noexcept {
  max_bytes_ = max_bytes;
  seed_ = seed;
}

CacheFound CacheShard::find(const HashedKey& key, TimePoint now, UseAnswer use) noexcept {
  CacheFound found;
  const std::lock_guard lock(mutex_);
  prefetch(key);
  for (const Place place : kPlaces) {
    Slot* slot = slot_at(key, place);
    if (slot == nullptr) continue;
    // Also a stale positive behind a fresh negative: a name that is asked for keeps its last good
    // answer.
    SieveQueue::mark(*slot);
    if (slot->expires() > now) {
      use(slot->answer(now));
      found.freshness = Freshness::fresh;
      found.refresh_due = SieveQueue::is_popular(*slot) && slot->refresh_due(now);
      return found;
    }
    found.freshness = Freshness::stale;
  }
  found.split_view_hint = hints_ > 0 && hints_split_view(key);
  return found;
}

bool CacheShard::claim_refresh(const HashedKey& key, TimePoint now) noexcept {
  const std::lock_guard lock(mutex_);
  for (const Place place : kPlaces) {
    Slot* slot = slot_at(key, place);
    if (slot != nullptr && slot->expires() > now) return slot->claim_refresh();
  }
  return false;
}

/// Addresses are what differs between views, whatever type is asked for now.
bool CacheShard::hints_split_view(const HashedKey& key) const noexcept {
  CacheKey other = key.key;
  for (const auto type : {dns::RrType::a, dns::RrType::aaaa}) {
    for (unsigned bits = 0; bits < 4; ++bits) {
      other.type = type;
      other.dnssec_ok = (bits & 1U) != 0;
      other.checking_disabled = (bits & 2U) != 0;
      const Slot* slot = slot_at({other, key.name_hash}, Place::positive);
      if (slot != nullptr && slot->hints_split_view()) return true;
    }
  }
  return false;
}

bool CacheShard::find_stale(const HashedKey& key, TimePoint now, Duration max_stale,
                            UseAnswer use) noexcept {
  const std::lock_guard lock(mutex_);
  for (const Place place : kPlaces) {
    Slot* slot = slot_at(key, place);
    if (slot == nullptr || now - slot->expires() > max_stale) continue;
    SieveQueue::mark(*slot);
    use(slot->answer(now));
    return true;
  }
  return false;
}

Inserted CacheShard::insert(const HashedKey& key, SlotPtr slot, TimePoint now) noexcept {
  const Place place = slot->place();
  const std::lock_guard lock(mutex_);
  prefetch(key);
  contradict(key, place, now);
  Slot* const earlier = slot_at(key, place);
  Inserted inserted;
  if (earlier != nullptr) {
    slot->continue_from(*earlier);
    inserted.shrunk = slot->shrinks(*earlier);
    remove(*earlier);
  }
  inserted.since = slot->since();
  add(key, std::move(slot), earlier != nullptr ? Joins::asked_again : Joins::as_new);
  return inserted;
}

void CacheShard::add(const HashedKey& key, SlotPtr slot, Joins how) noexcept {
  const std::uint32_t hash = slot_hash(key.name_hash, key.key, slot->place());
  const bool known = how == Joins::asked_again || evicted_.recall(hash);
  if (!make_room(slot->cost())) return;
  slot_bytes_ += slot->cost();
  if (slot->hints_split_view()) ++hints_;
  ++inserts_;
  if (how == Joins::as_oldest) {
    queue_.push_oldest(*slot);
  } else {
    queue_.push(*slot, known);
  }
  index_.insert(hash, *slot.release());
}

bool CacheShard::restore(const HashedKey& key, SlotPtr slot) noexcept {
  const std::lock_guard lock(mutex_);
  prefetch(key);
  if (!takes_in(key, *slot)) return false;
  add(key, std::move(slot), Joins::as_oldest);
  return true;
}

/// Is a slot from elsewhere to join those of its question? The newest of them is the one that is
/// true; in whatever order they come back, it stays alone.
bool CacheShard::takes_in(const HashedKey& key, const Slot& slot) noexcept {
  for (const Place place : kPlaces) {
    const Slot* const held = slot_at(key, place);
    if (held != nullptr && (place == slot.place() || held->stored() >= slot.stored())) return false;
  }
  contradict(key, slot.place(), slot.stored());
  return true;
}

std::optional<LastGood> CacheShard::last_good(const HashedKey& key, bool nxdomain) const noexcept {
  std::optional<LastGood> best;
  const auto look_at = [&](dns::RrType type) {
    const Slot* slot = positive_of(key, type);
    if (slot == nullptr || (best && best->expires >= slot->expires())) return;
    best = LastGood{slot->upstream_class(), slot->expires(), slot->since()};
  };
  const std::lock_guard lock(mutex_);
  look_at(key.key.type);
  if (!nxdomain || best) return best;
  for (const dns::RrType type : kUsualTypes)
    look_at(type);
  return best;
}

/// A newer answer of one place makes what the others say of the question untrue. Any answer but
/// NXDOMAIN proves the name. NXDOMAIN denies it for every type, but some servers say so of one
/// only: what is fresh of the others stays.
void CacheShard::contradict(const HashedKey& key, Place by, TimePoint now) noexcept {
  for (const Place place : kPlaces) {
    if (place != by) drop(key, place);
  }
  if (by != Place::nxdomain) return;
  for (const dns::RrType type : kUsualTypes) {
    Slot* const positive = positive_of(key, type);
    if (positive != nullptr && positive->expires() <= now) remove(*positive);
  }
}

Slot* CacheShard::positive_of(const HashedKey& key, dns::RrType type) const noexcept {
  CacheKey of_type = key.key;
  of_type.type = type;
  return slot_at({of_type, key.name_hash}, Place::positive);
}

void CacheShard::drop(const HashedKey& key, Place place) noexcept {
  if (Slot* slot = slot_at(key, place)) remove(*slot);
}

/// Evicts until a slot of that cost, and the index it needs, fit.
bool CacheShard::make_room(std::size_t cost) noexcept {
  while (bytes_at(index_.capacity_for_one_more()) + cost > max_bytes_) {
    Slot* victim = queue_.choose_victim();
    if (victim == nullptr) return false;
    evicted_.remember(remove(*victim));
    ++evictions_;
    queue_.prefetch_victim();  // of the next insert: by then it is here
  }
  return reserve_one();
}

bool CacheShard::reserve_one() noexcept {
  const std::size_t before = index_.capacity();
  if (!index_.reserve_one()) return false;
  if (index_.capacity() != before) evicted_.resize(index_.capacity());
  return true;
}

std::size_t CacheShard::bytes_at(std::size_t index_capacity) const noexcept {
  return slot_bytes_ + SlotIndex::bytes_for(index_capacity) +
         EvictedHashes::bytes_for(index_capacity);
}

std::uint32_t CacheShard::remove(Slot& slot) noexcept {
  const CacheKey key = slot.key();
  const std::uint32_t hash = slot_hash(dns::hash_name(key.name, seed_), key, slot.place());
  queue_.remove(slot);
  index_.erase(hash, slot);
  slot_bytes_ -= slot.cost();
  if (slot.hints_split_view()) --hints_;
  FreeSlot()(&slot);
  return hash;
}

/// A question is looked for at two places of a large index: both waits for memory at once.
void CacheShard::prefetch(const HashedKey& key) const noexcept {
  index_.prefetch(slot_hash(key.name_hash, key.key, Place::positive));
  index_.prefetch(slot_hash(key.name_hash, key.key, Place::nxdomain));
}

Slot* CacheShard::slot_at(const HashedKey& key, Place place) const noexcept {
  return index_.find(slot_hash(key.name_hash, key.key, place), key.key, place);
}

std::size_t CacheShard::erase_if(FunctionRef<bool(dns::Bytes name)> chosen) noexcept {
  const std::lock_guard lock(mutex_);
  std::size_t erased = 0;
  for (Slot* slot = queue_.newest(); slot != nullptr;) {
    Slot* const older = SieveQueue::next_older(*slot);
    if (chosen(slot->key().name)) {
      remove(*slot);
      ++erased;
    }
    slot = older;
  }
  return erased;
}

void CacheShard::add_to(CacheStats& stats) const noexcept {
  const std::lock_guard lock(mutex_);
  stats.entries += index_.size();
  stats.bytes += bytes_at(index_.capacity());
  stats.inserts += inserts_;
  stats.evictions += evictions_;
}

}  // namespace holdfast
