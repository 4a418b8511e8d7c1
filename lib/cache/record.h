// Record: an answer in the form in which it leaves this process, for a store on disk or a fleet's
// shared memory, and comes back later, maybe on another machine. Times are those of the wall clock.
// A record that comes back is not trusted: it is read like an upstream's reply.
//
//   version 1 | flags: 1 DO, 2 CD | class | EDE 15 to 18, or 0 | stored | expires | since | message
//
// in network order, the times as 8 bytes each, in seconds since 1970; the message is as in the
// cache.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/wall_clock.h"
#include "cache/second_level.h"

namespace holdfast {

/// Seconds since 1970.
using UnixTime = std::chrono::seconds;

/// When an answer was stored, ends being fresh, and began to be positive, by the wall clock.
struct RecordTimes {
  UnixTime stored{};
  UnixTime expires{};
  UnixTime since{};
};

/// Those of an answer that is learnt now.
[[nodiscard]] inline RecordTimes times_of(const Learnt& learnt, const WallClock& wall,
                                          TimePoint now) noexcept {
  const UnixTime stored = wall.at(now);
  return {stored, stored + std::chrono::floor<std::chrono::seconds>(learnt.ttl),
          wall.at(learnt.since)};
}

inline constexpr std::size_t kRecordHeaderBytes = 28;

/// Appends the record to `out`. Precondition: message is one that normalise() made for the key's
/// question.
void encode_record(const CacheKey& key, dns::Bytes message, const AnswerTags& tags,
                   const RecordTimes& times, std::vector<std::uint8_t>& out);

struct DecodedRecord {
  dns::Question question;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  dns::NormalisedAnswer answer;  // its message is in the buffer that was given
  AnswerTags tags;               // never authentic: who vouched may not be asked any more
  RecordTimes times;

  [[nodiscard]] CacheKey key() const noexcept {
    return {question.name.wire(), question.type, question.rr_class, dnssec_ok, checking_disabled};
  }
};

/// Reads a record, of whatever origin. nullopt if it is no record of this version, or its message
/// would not pass as a reply. `buffer` has 65535 bytes.
[[nodiscard]] std::optional<DecodedRecord> decode_record(dns::Bytes record,
                                                         std::span<std::uint8_t> buffer) noexcept;

/// The record's times on this machine, whose wall clock says `unix_now` at `now`. Where they cannot
/// be right (from the future, or longer than any TTL lasts) the answer is stale as of now.
[[nodiscard]] Lifetime lifetime_of(const RecordTimes& times, UnixTime unix_now,
                                   TimePoint now) noexcept;

}  // namespace holdfast
