#include "resolver/local_names.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace holdfast {
namespace {

using dns::Bytes;
using dns::Name;
using dns::Rcode;
using dns::RrType;

constexpr std::uint32_t kTtl = 3600;
constexpr std::uint16_t kQuestionPointer = 0xc000 | dns::kHeaderBytes;

enum class Treatment : std::uint8_t {
  loopback,          // addresses of loopback, below it too (RFC 6761 6.3)
  nxdomain,          // does not exist anywhere (RFC 6761 6.2, 6.4; 6762 22.1; 7686 2)
  nodata,            // exists without data (RFC 9462 8.2)
  loopback_pointer,  // reverse zones of loopback (RFC 6303 4.2, 4.3)
};

struct SpecialZone {
  const char* zone;
  Treatment treatment;
};

constexpr std::array kSpecialZones{
    SpecialZone{"localhost", Treatment::loopback},
    SpecialZone{"invalid", Treatment::nxdomain},
    SpecialZone{"test", Treatment::nxdomain},
    SpecialZone{"local", Treatment::nxdomain},
    SpecialZone{"onion", Treatment::nxdomain},
    SpecialZone{"resolver.arpa", Treatment::nodata},
    SpecialZone{"127.in-addr.arpa", Treatment::loopback_pointer},
    SpecialZone{"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
                Treatment::loopback_pointer},
};

struct ParsedZone {
  Name name;
  std::size_t top_at;  // of its top-level label within the name
  Treatment treatment;
};

/// Where the last label before the root begins; 0 for the root.
std::size_t top_label_at(Bytes name) noexcept {
  std::size_t top = 0;
  for (std::size_t at = 0; name[at] != 0; at += name[at] + 1U)
    top = at;
  return top;
}

const std::vector<ParsedZone>& special_zones() {
  static const std::vector<ParsedZone> zones = [] {
    std::vector<ParsedZone> parsed;
    parsed.reserve(kSpecialZones.size());
    for (const SpecialZone& zone : kSpecialZones) {
      const Name name = Name::parse(zone.zone).value();
      parsed.push_back({name, top_label_at(name.wire()), zone.treatment});
    }
    return parsed;
  }();
  return zones;
}

/// Is the wire name at or below the zone?
bool below(Bytes name, Bytes zone) noexcept {
  std::size_t at = 0;
  while (name.size() - at > zone.size())
    at += name[at] + 1U;
  return name.size() - at == zone.size() && dns::equal_names(name.subspan(at), zone);
}

const ParsedZone* special_zone(Bytes name) noexcept {
  // Every query comes by here, and nearly all end in a label of another length.
  const std::size_t top_size = name[top_label_at(name)];
  for (const ParsedZone& zone : special_zones()) {
    if (zone.name.wire()[zone.top_at] != top_size) continue;
    if (below(name, zone.name.wire())) return &zone;
  }
  return nullptr;
}

/// Writes one message: header and question, records, and the counts at the end.
class LocalMessage {
 public:
  LocalMessage(const dns::QueryView& query, Rcode rcode, std::span<std::uint8_t> buffer) noexcept
      : writer_(buffer) {
    header_.flags = static_cast<std::uint16_t>(dns::flag::qr | static_cast<std::uint16_t>(rcode));
    header_.qdcount = 1;
    header_.write(writer_);
    query.question().write(writer_);
  }

  void address(const IpAddress& address) noexcept {
    const std::size_t size = address.is_v4() ? 4 : 16;
    begin(address.is_v4() ? RrType::a : RrType::aaaa, static_cast<std::uint16_t>(size));
    writer_.bytes(Bytes(address.bytes).first(size));
    ++header_.ancount;
  }

  void pointer(const Name& target) noexcept {
    begin(RrType::ptr, static_cast<std::uint16_t>(target.wire().size()));
    writer_.bytes(target.wire());
    ++header_.ancount;
  }

  /// RFC 8482 4.2: CPU "RFC8482", OS empty.
  void any() noexcept {
    static constexpr std::array<std::uint8_t, 9> kRdata{7, 'R', 'F', 'C', '8', '4', '8', '2', 0};
    begin(static_cast<RrType>(13), kRdata.size());
    writer_.bytes(kRdata);
    ++header_.ancount;
  }

  /// The SOA of an empty zone (RFC 6303 3), so that the negative answer may be cached (RFC 2308).
  void soa(const Name& zone) noexcept {
    static const Name server = Name::parse("localhost").value();
    static const Name mailbox = Name::parse("nobody.invalid").value();
    writer_.bytes(zone.wire());
    rest(RrType::soa,
         static_cast<std::uint16_t>(server.wire().size() + mailbox.wire().size() + 20));
    writer_.bytes(server.wire());
    writer_.bytes(mailbox.wire());
    for (const std::uint32_t value : {1U, 3600U, 1200U, 604800U, kTtl})
      writer_.u32(value);
    ++header_.nscount;
  }

  [[nodiscard]] Bytes finish() noexcept {
    const std::size_t size = writer_.at();
    writer_.rollback(0);
    header_.write(writer_);
    writer_.rollback(size);
    return writer_.written();
  }

 private:
  void begin(RrType type, std::uint16_t rdata_size) noexcept {
    writer_.u16(kQuestionPointer);
    rest(type, rdata_size);
  }

  void rest(RrType type, std::uint16_t rdata_size) noexcept {
    writer_.u16(static_cast<std::uint16_t>(type));
    writer_.u16(static_cast<std::uint16_t>(dns::RrClass::in));
    writer_.u32(kTtl);
    writer_.u16(rdata_size);
  }

  dns::Header header_;
  dns::WireWriter writer_;
};

IpAddress loopback(bool v4) noexcept {
  IpAddress address;
  if (v4) {
    address.bytes = {127, 0, 0, 1};
  } else {
    address.family = IpAddress::Family::v6;
    address.bytes[15] = 1;
  }
  return address;
}

Bytes negative(const dns::QueryView& query, Rcode rcode, const Name& zone,
               std::span<std::uint8_t> buffer) noexcept {
  LocalMessage message(query, rcode, buffer);
  message.soa(zone);
  return message.finish();
}

Bytes answer_host(const dns::QueryView& query, const HostEntry& host,
                  std::span<std::uint8_t> buffer) noexcept {
  LocalMessage message(query, Rcode::noerror, buffer);
  bool any = false;
  for (const IpAddress& address : host.addresses) {
    if (query.type != (address.is_v4() ? RrType::a : RrType::aaaa)) continue;
    message.address(address);
    any = true;
  }
  return any ? message.finish() : negative(query, Rcode::noerror, host.name, buffer);
}

Bytes answer_loopback(const dns::QueryView& query, const Name& zone,
                      std::span<std::uint8_t> buffer) noexcept {
  if (query.type != RrType::a && query.type != RrType::aaaa) {
    return negative(query, Rcode::noerror, zone, buffer);
  }
  LocalMessage message(query, Rcode::noerror, buffer);
  message.address(loopback(query.type == RrType::a));
  return message.finish();
}

Bytes answer_loopback_pointer(const dns::QueryView& query, const Name& zone,
                              std::span<std::uint8_t> buffer) noexcept {
  static const Name v4 = Name::parse("1.0.0.127.in-addr.arpa").value();
  const Name name = query.question().name;
  if (!(name == v4) && !(name == zone)) return negative(query, Rcode::nxdomain, zone, buffer);
  const bool host = name == v4 || zone.label_count() > 3;  // the IPv6 zone is one address itself
  if (!host || query.type != RrType::ptr) return negative(query, Rcode::noerror, zone, buffer);
  LocalMessage message(query, Rcode::noerror, buffer);
  message.pointer(Name::parse("localhost").value());
  return message.finish();
}

Bytes answer_special(const dns::QueryView& query, const ParsedZone& zone,
                     std::span<std::uint8_t> buffer) noexcept {
  switch (zone.treatment) {
    case Treatment::loopback:
      return answer_loopback(query, zone.name, buffer);
    case Treatment::nxdomain:
      return negative(query, Rcode::nxdomain, zone.name, buffer);
    case Treatment::nodata:
      return negative(query, Rcode::noerror, zone.name, buffer);
    case Treatment::loopback_pointer:
      return answer_loopback_pointer(query, zone.name, buffer);
  }
  return {};
}

}  // namespace

HostIndex::HostIndex(const std::vector<HostEntry>& hosts) {
  for (const HostEntry& host : hosts)
    cells_.push_back({dns::hash_name(host.name.wire()), &host});
  std::ranges::sort(cells_, {}, &Cell::hash);
}

const HostEntry* HostIndex::find(Bytes name) const noexcept {
  if (cells_.empty()) return nullptr;
  const std::uint64_t hash = dns::hash_name(name);
  for (auto cell = std::ranges::lower_bound(cells_, hash, {}, &Cell::hash);
       cell != cells_.end() && cell->hash == hash; ++cell) {
    if (dns::equal_names(cell->entry->name.wire(), name)) return cell->entry;
  }
  return nullptr;
}

std::optional<Bytes> answer_here(const dns::QueryView& query, const Route* route,
                                 const HostIndex& hosts, std::span<std::uint8_t> buffer) noexcept {
  if (const HostEntry* host = hosts.find(query.name)) return answer_host(query, *host, buffer);
  const ParsedZone* special = special_zone(query.name);
  const bool routed = special != nullptr && route != nullptr && !route->builtin &&
                      route->zone.is_subdomain_of(special->name);
  if (special != nullptr && !routed) return answer_special(query, *special, buffer);
  if (query.type == RrType::any) {
    LocalMessage message(query, Rcode::noerror, buffer);
    message.any();
    return message.finish();
  }
  const bool nobody = route != nullptr && route->builtin && route->upstream_count() == 0;
  if (!nobody) return std::nullopt;
  const bool apex = query.question().name == route->zone;  // it has the SOA of the denial
  return negative(query, apex ? Rcode::noerror : Rcode::nxdomain, route->zone, buffer);
}

}  // namespace holdfast
