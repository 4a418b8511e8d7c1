// Slot: one stored answer in one allocation: this header, the offsets of the TTL fields, the
// message. Its key is read from the question of its own message, so that a name is held once. Knows
// neither lock nor index; a CacheShard owns it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "cache/cache.h"

namespace holdfast {

/// Where an answer lives: the two slots of its question, or, for an NXDOMAIN of the asked name, the
/// one place that answers every type of that name.
enum class Place : std::uint8_t { positive, negative, nxdomain };

/// In the order in which they are asked.
inline constexpr Place kPlaces[] = {Place::positive, Place::negative, Place::nxdomain};

/// NXDOMAIN behind a CNAME belongs to the end of the chain, so it answers the asked type only.
[[nodiscard]] Place place_of(const CacheKey& key, const dns::NormalisedAnswer& answer) noexcept;

/// What the index goes by; never 0. `name_hash` is dns::hash_name() of key.name. The positive and
/// the negative answer to a question have one hash: they are found with one look into memory.
[[nodiscard]] std::uint32_t slot_hash(std::uint64_t name_hash, const CacheKey& key,
                                      Place place) noexcept;

class Slot;

struct FreeSlot {
  void operator()(Slot* slot) const noexcept;
};

using SlotPtr = std::unique_ptr<Slot, FreeSlot>;

/// 40 bytes of header: at a hundred bytes for a whole small answer each field counts.
class Slot {
 public:
  /// Copies the answer. nullptr if the message does not parse, its question is not the key's, or
  /// there is no memory.
  [[nodiscard]] static SlotPtr make(const CacheKey& key, const dns::NormalisedAnswer& answer,
                                    const AnswerTags& tags, const Lifetime& times) noexcept;

  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  /// Is this the answer for that key at that place?
  [[nodiscard]] bool holds(const CacheKey& key, Place place) const noexcept;
  [[nodiscard]] Place place() const noexcept;
  /// The key it was stored under; the name points into the message.
  [[nodiscard]] CacheKey key() const noexcept;

  [[nodiscard]] dns::Bytes message() const noexcept;
  [[nodiscard]] CachedAnswer answer(TimePoint now) const noexcept;

  [[nodiscard]] TimePoint stored() const noexcept { return stored_; }

  /// Whole milliseconds after stored().
  [[nodiscard]] TimePoint expires() const noexcept {
    return stored_ + std::chrono::milliseconds(life_ms_);
  }

  /// In whole seconds.
  [[nodiscard]] TimePoint since() const noexcept {
    return TimePoint(std::chrono::seconds(since_seconds_));
  }

  /// In the last tenth of its life, and nobody has claimed to refresh it.
  [[nodiscard]] bool refresh_due(TimePoint now) const noexcept {
    return (expires() - now) * 10 <= std::chrono::milliseconds(life_ms_) && !refresh_claimed_;
  }

  /// True for the first.
  [[nodiscard]] bool claim_refresh() noexcept {
    const bool first = !refresh_claimed_;
    refresh_claimed_ = true;
    return first;
  }

  [[nodiscard]] std::uint8_t upstream_class() const noexcept { return upstream_class_; }

  /// It carries on what `earlier` began: the question was answered positively all the time.
  void continue_from(const Slot& earlier) noexcept {
    since_seconds_ = std::min(since_seconds_, earlier.since_seconds_);
  }

  /// It has fewer than half of the records that `earlier`, to the same question, had. Aliases and
  /// signatures do not count.
  [[nodiscard]] bool shrinks(const Slot& earlier) const noexcept;

  /// An answer of class cloud that holds a private address: other views of the name may differ.
  [[nodiscard]] bool hints_split_view() const noexcept;

  /// Bytes it takes from the heap, the allocator's own included.
  [[nodiscard]] std::size_t cost() const noexcept;

 private:
  friend class SieveQueue;  // links and mark
  Slot(const CacheKey& key, const dns::NormalisedAnswer& answer, const AnswerTags& tags,
       const Lifetime& times) noexcept;
  void append(const dns::MessageView& message) noexcept;
  [[nodiscard]] std::size_t asked_records() const noexcept;
  [[nodiscard]] std::uint16_t* offsets() noexcept;
  [[nodiscard]] const std::uint16_t* offsets() const noexcept;

  Slot* newer_ = nullptr;
  Slot* older_ = nullptr;
  TimePoint stored_;
  std::int32_t life_ms_;        // until it expires: 24 days are more than any TTL may last
  std::int32_t since_seconds_;  // enough for 68 years before and after the machine's start
  std::uint16_t message_size_;
  std::uint16_t ttl_count_ = 0;
  std::uint8_t blocked_;
  std::uint8_t upstream_class_ : 5;
  bool refresh_claimed_ : 1 = false;
  std::uint8_t marks_ : 2 = 0;  // see sieve_queue.h
  dns::AnswerKind kind_ : 2;
  bool whole_name_ : 1;  // Place::nxdomain
  bool dnssec_ok_ : 1;
  bool checking_disabled_ : 1;
  bool authentic_ : 1;
  bool holds_private_address_ : 1;
};

static_assert(sizeof(Slot) == 40);

}  // namespace holdfast
