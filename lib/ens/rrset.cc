#include "ens/rrset.h"

#include <algorithm>

#include "dns/rdata.h"
#include "dns/ttl.h"

namespace holdfast::ens {
namespace {

constexpr std::size_t kMostStored = 60000;  // leaves room for the rest of a message
constexpr std::size_t kTxtString = 255;

/// A record that lies behind a plain owner name at the reader; nullopt if cut off.
std::optional<dns::Record> read_record(dns::WireReader& reader) noexcept {
  dns::Record record{};
  record.type = dns::RrType{reader.u16()};
  record.rr_class = dns::RrClass{reader.u16()};
  record.ttl = reader.u32();
  record.rdata_size = reader.u16();
  record.rdata_at = reader.at();
  reader.skip(record.rdata_size);
  record.end = reader.at();
  return reader.ok() ? std::optional(record) : std::nullopt;
}

/// The rdata, if it is sound and its names are plain.
std::optional<Blob> plain_rdata(Bytes stored, const dns::Record& record) {
  if (record.type == dns::RrType::txt && record.rdata_size == 0) return std::nullopt;
  Blob rdata;
  const bool sound = dns::walk_rdata(stored, record, [&](const dns::RdataPart& part) {
    const Bytes bytes = part.name != nullptr ? part.name->wire() : part.bytes;
    rdata.insert(rdata.end(), bytes.begin(), bytes.end());
  });
  // Names that were compressed have another length now.
  const auto as_it_lies = stored.subspan(record.rdata_at, record.rdata_size);
  if (!sound || !std::ranges::equal(rdata, as_it_lies)) return std::nullopt;
  return rdata;
}

}  // namespace

std::optional<RrSet> read_rrset(Bytes stored, Bytes owner, dns::RrType type,
                                const TtlLimits& limits) {
  if (stored.size() > kMostStored) return std::nullopt;
  RrSet set{type, limits.most, {}};
  dns::WireReader reader(stored);
  while (reader.remaining() > 0) {
    const std::size_t name_size = dns::plain_name_size(stored.subspan(reader.at()));
    const Bytes name = reader.bytes(name_size);
    const auto record = name_size > 0 ? read_record(reader) : std::nullopt;
    if (!record) return std::nullopt;
    const bool asked = record->type == type && record->rr_class == dns::RrClass::in &&
                       dns::equal_names(name, owner);
    if (!asked) continue;
    auto rdata = plain_rdata(stored, *record);
    if (!rdata) return std::nullopt;
    set.ttl = std::min(set.ttl, dns::sane_ttl(record->ttl));
    if (std::ranges::find(set.rdatas, *rdata) == set.rdatas.end()) {
      set.rdatas.push_back(*std::move(rdata));
    }
  }
  if (type == dns::RrType::cname && set.rdatas.size() > 1) return std::nullopt;
  set.ttl = std::max(set.ttl, limits.least);
  return set;
}

Blob txt_rdata(std::string_view text) {
  Blob rdata;
  do {
    const std::string_view part = text.substr(0, kTxtString);
    rdata.push_back(static_cast<std::uint8_t>(part.size()));
    rdata.insert(rdata.end(), part.begin(), part.end());
    text.remove_prefix(part.size());
  } while (!text.empty());
  return rdata;
}

}  // namespace holdfast::ens
