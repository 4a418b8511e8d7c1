#include "cache/record.h"

#include <algorithm>
#include <array>

#include "dns/message_view.h"
#include "dns/wire_reader.h"
#include "dns/wire_writer.h"

namespace holdfast {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kDnssecOk = 1;
constexpr std::uint8_t kCheckingDisabled = 2;
constexpr std::uint8_t kClasses = 3;
/// The clocks of two machines, or of one before and after a reboot, differ by less.
constexpr std::chrono::seconds kClockSkew = 60s;
/// Beyond what the configuration allows as the longest TTL.
constexpr std::chrono::seconds kLongestLife = 8 * 24h;
/// What a clock can say: the years 1970 to 3000.
constexpr std::int64_t kLastSecond = 32'503'680'000;

void write_time(dns::WireWriter& writer, UnixTime time) noexcept {
  const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
  writer.u32(static_cast<std::uint32_t>(seconds >> 32U));
  writer.u32(static_cast<std::uint32_t>(seconds));
}

/// nullopt if it is no time of day that a clock could have said.
std::optional<UnixTime> read_time(dns::WireReader& reader) noexcept {
  const std::uint64_t high = reader.u32();
  const std::uint64_t seconds = high << 32U | reader.u32();
  if (seconds > static_cast<std::uint64_t>(kLastSecond)) return std::nullopt;
  return UnixTime(static_cast<std::int64_t>(seconds));
}

/// As AnswerTags has it: 0 is none.
bool is_blocked_tag(std::uint8_t ede) noexcept {
  return ede == 0 || dns::is_filters_reason(static_cast<dns::EdeCode>(ede));
}

}  // namespace

void encode_record(const CacheKey& key, dns::Bytes message, const AnswerTags& tags,
                   const RecordTimes& times, std::vector<std::uint8_t>& out) {
  std::array<std::uint8_t, kRecordHeaderBytes> header;
  dns::WireWriter writer(header);
  writer.u8(kVersion);
  writer.u8(static_cast<std::uint8_t>((key.dnssec_ok ? kDnssecOk : 0) |
                                      (key.checking_disabled ? kCheckingDisabled : 0)));
  writer.u8(tags.upstream_class);
  writer.u8(tags.blocked);
  write_time(writer, times.stored);
  write_time(writer, times.expires);
  write_time(writer, times.since);
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), message.begin(), message.end());
}

std::optional<DecodedRecord> decode_record(dns::Bytes record,
                                           std::span<std::uint8_t> buffer) noexcept {
  dns::WireReader reader(record, 0);
  const std::uint8_t version = reader.u8();
  const std::uint8_t flags = reader.u8();
  DecodedRecord decoded;
  decoded.tags.upstream_class = reader.u8();
  decoded.tags.blocked = reader.u8();
  const auto stored = read_time(reader);
  const auto expires = read_time(reader);
  const auto since = read_time(reader);
  if (!reader.ok() || version != kVersion || flags > (kDnssecOk | kCheckingDisabled) ||
      decoded.tags.upstream_class >= kClasses || !is_blocked_tag(decoded.tags.blocked) || !stored ||
      !expires || !since) {
    return std::nullopt;
  }
  decoded.times = {*stored, *expires, *since};
  decoded.dnssec_ok = (flags & kDnssecOk) != 0;
  decoded.checking_disabled = (flags & kCheckingDisabled) != 0;
  const auto message = dns::MessageView::parse(record.subspan(kRecordHeaderBytes));
  if (!message.ok() || !message.has_question() || message.header().has(dns::flag::tc)) {
    return std::nullopt;
  }
  const auto rcode = static_cast<dns::Rcode>(message.header().rcode_bits());
  if (rcode != dns::Rcode::noerror && rcode != dns::Rcode::nxdomain) return std::nullopt;
  const auto answer = dns::normalise(message, decoded.dnssec_ok, buffer);
  if (!answer) return std::nullopt;
  decoded.question = message.question();
  decoded.answer = *answer;
  decoded.tags.holds_private_address = answer->holds_private_address;
  return decoded;
}

Lifetime lifetime_of(const RecordTimes& times, UnixTime unix_now, TimePoint now) noexcept {
  const std::chrono::seconds age = unix_now - times.stored;
  const std::chrono::seconds life = times.expires - times.stored;
  if (age < -kClockSkew || life < 0s || life > kLongestLife) return {now, now, now};
  const TimePoint stored = now - std::max(age, 0s);
  const std::chrono::seconds steady = std::max(times.stored - times.since, 0s);
  return {stored, stored + life, stored - steady};
}

}  // namespace holdfast
