#include "fleet/sealed_value.h"

#include <algorithm>
#include <openssl/crypto.h>

namespace holdfast {
namespace {

constexpr std::string_view kPurpose = "holdfast fleet value 1";
constexpr std::size_t kUntilBytes = kSealBytes - sizeof(Mac);

void append_time(std::vector<std::uint8_t>& out, UnixTime time) {
  const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
  for (unsigned shift = 64; shift > 0;) {
    shift -= 8;
    out.push_back(static_cast<std::uint8_t>(seconds >> shift));
  }
}

/// nullopt beyond what a clock can say.
std::optional<UnixTime> read_time(dns::Bytes bytes) noexcept {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 40U;
  std::uint64_t seconds = 0;
  for (const std::uint8_t octet : bytes)
    seconds = seconds << 8U | octet;
  if (seconds >= kMost) return std::nullopt;
  return UnixTime(static_cast<std::int64_t>(seconds));
}

/// What the MAC is of.
std::vector<std::uint8_t> signed_text(std::string_view name, dns::Bytes until, dns::Bytes record) {
  std::vector<std::uint8_t> text;
  text.reserve(kPurpose.size() + name.size() + until.size() + record.size() + 16);
  append_part(text, kPurpose);
  append_part(text, name);
  append_part(text, until);
  append_part(text, record);
  return text;
}

bool is_signed(const FleetKeys& keys, std::string_view name, dns::Bytes value) {
  const auto text =
      signed_text(name, value.subspan(sizeof(Mac), kUntilBytes), value.subspan(kSealBytes));
  bool good = false;
  for (std::size_t which = 0; which < keys.size(); ++which) {
    const Mac mac = keys.mac(text, which);
    good |= CRYPTO_memcmp(mac.data(), value.data(), mac.size()) == 0;
  }
  return good;
}

bool answers(const DecodedRecord& record, const CacheKey& question) noexcept {
  const CacheKey key = record.key();
  return dns::equal_names(key.name, question.name) && key.type == question.type &&
         key.rr_class == question.rr_class && key.dnssec_ok == question.dnssec_ok &&
         key.checking_disabled == question.checking_disabled;
}

}  // namespace

const char* to_string(ValueFault fault) noexcept {
  switch (fault) {
    case ValueFault::none:
      return "none";
    case ValueFault::oversized:
      return "oversized";
    case ValueFault::forged:
      return "forged";
    case ValueFault::expired:
      return "expired";
    case ValueFault::malformed:
      return "malformed";
    case ValueFault::other_question:
      return "other_question";
  }
  return "?";
}

void seal(const FleetKeys& keys, std::string_view name, UnixTime until, dns::Bytes record,
          std::vector<std::uint8_t>& out) {
  std::vector<std::uint8_t> end;
  append_time(end, until);
  const Mac mac = keys.mac(signed_text(name, end, record), 0);
  out.insert(out.end(), mac.begin(), mac.end());
  out.insert(out.end(), end.begin(), end.end());
  out.insert(out.end(), record.begin(), record.end());
}

ValueFault open_value(const FleetKeys& keys, const ValueTest& test, dns::Bytes value,
                      std::span<std::uint8_t> buffer, DecodedRecord& out) {
  if (value.size() > kMostValueBytes) return ValueFault::oversized;
  // Nothing is looked at before it is known to be ours.
  if (value.size() < kSealBytes || !is_signed(keys, test.name, value)) return ValueFault::forged;
  const auto until = read_time(value.subspan(sizeof(Mac), kUntilBytes));
  auto record = decode_record(value.subspan(kSealBytes), buffer);
  if (!until || !record || record->answer.kind != dns::AnswerKind::positive) {
    return ValueFault::malformed;
  }
  if (!answers(*record, test.question)) return ValueFault::other_question;
  const bool too_old = test.unix_now - record->times.expires > test.max_stale;
  if (too_old || test.unix_now > *until) return ValueFault::expired;
  out = *record;
  return ValueFault::none;
}

}  // namespace holdfast
