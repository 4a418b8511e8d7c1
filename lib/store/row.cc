#include "store/row.h"

#include <algorithm>

#include "dns/header.h"
#include "store/crc64.h"

namespace holdfast {
namespace {

constexpr std::size_t kLongestNote = 255;

}  // namespace

RowKey RowKey::of_name(dns::Bytes name) noexcept {
  RowKey out;
  out.add(static_cast<std::uint8_t>(RowKind::answer));
  for (const std::uint8_t byte : name)
    out.add(dns::lower(byte));
  return out;
}

RowKey RowKey::of_answer(const CacheKey& key, Place place) noexcept {
  RowKey out = of_name(key.name);
  const dns::RrType type = place == Place::nxdomain ? dns::RrType::none : key.type;
  out.add(static_cast<std::uint16_t>(type));
  out.add(static_cast<std::uint16_t>(key.rr_class));
  out.add(static_cast<std::uint8_t>((key.dnssec_ok ? 1 : 0) | (key.checking_disabled ? 2 : 0)));
  out.add(static_cast<std::uint8_t>(place));
  return out;
}

dns::Bytes RowKey::name_in(dns::Bytes key) noexcept {
  if (key.size() <= kBehindName + 1) return {};
  return key.subspan(1, key.size() - 1 - kBehindName);
}

RowKey RowKey::of_note(RowKind kind, std::string_view name) noexcept {
  RowKey out;
  out.add(static_cast<std::uint8_t>(kind));
  for (const char letter : name.substr(0, kLongestNote))
    out.add(static_cast<std::uint8_t>(letter));
  return out;
}

void write_answer_row(const Learnt& learnt, const RecordTimes& times,
                      std::vector<std::uint8_t>& out) {
  out.push_back(static_cast<std::uint8_t>(place_of_learnt(learnt)));
  encode_record(learnt.key, learnt.message, learnt.tags, times, out);
}

std::optional<AnswerRow> read_answer_row(dns::Bytes row) noexcept {
  dns::WireReader reader(row);
  AnswerRow out;
  const std::uint8_t place = reader.u8();
  reader.skip(1);
  const std::uint8_t flags = reader.u8();
  reader.skip(kRecordHeaderBytes - 2 + dns::kHeaderBytes);
  const auto question = dns::Question::read(reader);
  if (!question || place > static_cast<std::uint8_t>(Place::nxdomain)) return std::nullopt;
  out.place = static_cast<Place>(place);
  out.dnssec_ok = (flags & 1U) != 0;
  out.checking_disabled = (flags & 2U) != 0;
  out.question = *question;
  out.record = row.subspan(1);
  return out;
}

Place place_of_learnt(const Learnt& learnt) noexcept {
  if (learnt.kind == dns::AnswerKind::positive) return Place::positive;
  const auto header = dns::Header::read(learnt.message);
  const bool of_asked_name = header && header->ancount == 0;  // there is no chain
  return learnt.kind == dns::AnswerKind::nxdomain && of_asked_name ? Place::nxdomain
                                                                   : Place::negative;
}

UnixTime stored_time(dns::Bytes record) noexcept {
  dns::WireReader reader(record, 4);
  const std::uint64_t high = reader.u32();
  return UnixTime(static_cast<std::int64_t>(high << 32U | reader.u32()));
}

void seal(dns::Bytes key, dns::Bytes body, std::vector<std::uint8_t>& value) {
  const std::uint64_t sum = crc64(body, crc64(key));
  value.clear();
  for (int shift = 56; shift >= 0; shift -= 8)
    value.push_back(static_cast<std::uint8_t>(sum >> static_cast<unsigned>(shift)));
  value.insert(value.end(), body.begin(), body.end());
}

std::optional<dns::Bytes> unseal(dns::Bytes key, dns::Bytes value) noexcept {
  dns::WireReader reader(value);
  const std::uint64_t high = reader.u32();
  const std::uint64_t sum = high << 32U | reader.u32();
  if (!reader.ok()) return std::nullopt;
  const dns::Bytes body = value.subspan(kSumBytes);
  if (sum != crc64(body, crc64(key))) return std::nullopt;
  return body;
}

}  // namespace holdfast
