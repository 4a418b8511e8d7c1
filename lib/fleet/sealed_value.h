// What lies in Redis: an answer's record under a MAC, so that whoever can write there can take
// answers away, or bring back an old one, and nothing else.
//
//   HMAC-SHA256 | until | record
//
// `until` is 8 bytes, seconds since 1970 in network order: Redis is asked to forget the value then,
// and if it does not, we do. The MAC covers the name in Redis, `until` and the record, each behind
// its length: a value is worth nothing under another name.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cache/record.h"
#include "fleet/fleet_keys.h"

namespace holdfast {

inline constexpr std::size_t kSealBytes = sizeof(Mac) + 8;
/// The largest value that can be one of ours.
inline constexpr std::size_t kMostValueBytes = kSealBytes + kRecordHeaderBytes + 65535;

/// Appends the value to `out`, signed by the first key.
void seal(const FleetKeys& keys, std::string_view name, UnixTime until, dns::Bytes record,
          std::vector<std::uint8_t>& out);

enum class ValueFault : std::uint8_t {
  none,
  oversized,       // larger than any value of ours
  forged,          // not by one of our keys, or not for this name
  expired,         // past its end, or older than anything is served here
  malformed,       // ours, and yet no positive answer: another version's
  other_question,  // ours, and the answer to something else
};
inline constexpr std::size_t kValueFaults = 6;

/// For the label `reason`.
[[nodiscard]] const char* to_string(ValueFault fault) noexcept;

/// What a value is held against.
struct ValueTest {
  std::string_view name;           // it was found under
  const CacheKey& question;        // it should answer
  UnixTime unix_now;               //
  std::chrono::seconds max_stale;  // no answer is served longer past its end
};

/// Reads a value, of whatever origin. `out` is set if there is no fault; its message lies in
/// `buffer`, which has 65535 bytes.
[[nodiscard]] ValueFault open_value(const FleetKeys& keys, const ValueTest& test, dns::Bytes value,
                                    std::span<std::uint8_t> buffer, DecodedRecord& out);

}  // namespace holdfast
