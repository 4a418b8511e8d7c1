#include "store/notes.h"

#include <algorithm>

#include "dns/wire_writer.h"
#include "store/row.h"

namespace holdfast {
namespace {

constexpr std::size_t kHealthBytes = 9;
constexpr std::uint8_t kV4 = 4;
constexpr std::uint8_t kV6 = 6;

std::size_t size_of(std::uint8_t family) noexcept {
  return family == kV4 ? 4 : 16;
}

std::optional<SavedHealth> read_health(dns::Bytes body) {
  dns::WireReader reader(body);
  SavedHealth health;
  const std::uint8_t state = reader.u8();
  const std::uint64_t high = reader.u32();
  const std::uint64_t at = high << 32U | reader.u32();
  if (!reader.ok() || state > static_cast<std::uint8_t>(HealthState::recovering)) return {};
  health.state = static_cast<HealthState>(state);
  health.at = UnixTime(static_cast<std::int64_t>(at & 0x7fffffffffffU));
  return health;
}

std::optional<std::uint64_t> read_zone(dns::Bytes body) {
  dns::WireReader reader(body);
  const std::uint64_t high = reader.u32();
  const std::uint64_t mark = high << 32U | reader.u32();
  if (!reader.ok() || reader.remaining() > 0) return {};
  return mark;
}

std::optional<std::vector<IpAddress>> read_addresses(dns::Bytes body) {
  dns::WireReader reader(body);
  std::vector<IpAddress> addresses;
  while (reader.ok() && reader.remaining() > 0) {
    const std::uint8_t family = reader.u8();
    if ((family != kV4 && family != kV6) || addresses.size() == kMostSavedAddresses) return {};
    IpAddress address;
    address.family = family == kV4 ? IpAddress::Family::v4 : IpAddress::Family::v6;
    const dns::Bytes bytes = reader.bytes(size_of(family));
    std::ranges::copy(bytes, address.bytes.begin());
    addresses.push_back(address);
  }
  if (!reader.ok() || addresses.empty()) return {};
  return addresses;
}

}  // namespace

std::vector<std::uint8_t> write_health(const SavedHealth& health) {
  std::vector<std::uint8_t> body(kHealthBytes);
  dns::WireWriter writer(body);
  const auto at = static_cast<std::uint64_t>(std::max<std::int64_t>(health.at.count(), 0));
  writer.u8(static_cast<std::uint8_t>(health.state));
  writer.u32(static_cast<std::uint32_t>(at >> 32U));
  writer.u32(static_cast<std::uint32_t>(at));
  return body;
}

std::vector<std::uint8_t> write_host(const SavedHost& host) {
  std::vector<std::uint8_t> body;
  for (std::size_t i = 0; i < std::min(host.addresses.size(), kMostSavedAddresses); ++i) {
    const IpAddress& address = host.addresses[i];
    const std::uint8_t family = address.is_v4() ? kV4 : kV6;
    body.push_back(family);
    const auto end = address.bytes.begin() + static_cast<std::ptrdiff_t>(size_of(family));
    body.insert(body.end(), address.bytes.begin(), end);
  }
  return body;
}

std::vector<std::uint8_t> write_zone(std::uint64_t mark) {
  std::vector<std::uint8_t> body(sizeof mark);
  dns::WireWriter writer(body);
  writer.u32(static_cast<std::uint32_t>(mark >> 32U));
  writer.u32(static_cast<std::uint32_t>(mark));
  return body;
}

bool read_note(dns::Bytes key, dns::Bytes body, SavedNotes& notes) {
  if (key.size() < 2) return false;
  std::string name(key.begin() + 1, key.end());
  if (key[0] == static_cast<std::uint8_t>(RowKind::health)) {
    auto health = read_health(body);
    if (!health) return false;
    health->upstream = std::move(name);
    notes.health.push_back(std::move(*health));
    return true;
  }
  if (key[0] == static_cast<std::uint8_t>(RowKind::zone)) {
    const auto mark = read_zone(body);
    if (mark) notes.zones.emplace(std::move(name), *mark);
    return mark.has_value();
  }
  if (key[0] != static_cast<std::uint8_t>(RowKind::host)) return false;
  auto addresses = read_addresses(body);
  if (!addresses) return false;
  notes.hosts.push_back({std::move(name), std::move(*addresses)});
  return true;
}

}  // namespace holdfast
