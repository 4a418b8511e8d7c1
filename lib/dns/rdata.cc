#include "dns/rdata.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace holdfast::dns {
namespace {

/// The layout of a type's rdata, a letter a field: n name, s character-string, t character-strings
/// to the end, * bytes to the end, a digit that many bytes. Types of which a sender in the past may
/// have compressed names are listed although today's must not; so are those whose shape clients
/// choke on.
std::string_view layout_of(RrType type) noexcept {
  switch (static_cast<unsigned>(type)) {
    case 1:  // A
      return "4";
    case 2:   // NS
    case 3:   // MD
    case 4:   // MF
    case 5:   // CNAME
    case 7:   // MB
    case 8:   // MG
    case 9:   // MR
    case 12:  // PTR
    case 23:  // NSAP-PTR
    case 39:  // DNAME
      return "n";
    case 6:  // SOA
      return "nn884";
    case 13:  // HINFO
      return "ss";
    case 14:  // MINFO
    case 17:  // RP
      return "nn";
    case 15:  // MX
    case 18:  // AFSDB
    case 21:  // RT
    case 36:  // KX
      return "2n";
    case 16:  // TXT
    case 99:  // SPF
      return "t";
    case 24:  // SIG
    case 46:  // RRSIG
      return "99n*";
    case 26:  // PX
      return "2nn";
    case 28:  // AAAA
      return "88";
    case 30:  // NXT
    case 47:  // NSEC
      return "n*";
    case 33:  // SRV
      return "6n";
    case 35:  // NAPTR
      return "4sssn";
    case 64:  // SVCB
    case 65:  // HTTPS
      return "2n*";
    default:
      return "*";
  }
}

Bytes read_string(WireReader& reader) noexcept {
  const std::size_t at = reader.at();
  reader.skip(reader.u8());
  return reader.ok() ? reader.message().subspan(at, reader.at() - at) : Bytes{};
}

Bytes read_strings(WireReader& reader) noexcept {
  const std::size_t at = reader.at();
  while (reader.remaining() > 0)
    (void)read_string(reader);
  return reader.ok() ? reader.message().subspan(at, reader.at() - at) : Bytes{};
}

Bytes read_field(WireReader& reader, char field) noexcept {
  switch (field) {
    case 's':
      return read_string(reader);
    case 't':
      return read_strings(reader);
    case '*':
      return reader.bytes(reader.remaining());
    default:
      return reader.bytes(static_cast<std::size_t>(field - '0'));
  }
}

/// A sound rdata taken apart.
struct FlatRdata {
  std::array<RdataPart, 8> parts;
  std::array<Name, 2> names;
  std::size_t count = 0;

  FlatRdata(Bytes message, const Record& record) {
    std::size_t names_used = 0;
    (void)walk_rdata(message, record, [&](const RdataPart& part) {
      parts[count] = part;
      if (part.name != nullptr) {
        names[names_used] = *part.name;
        parts[count].name = &names[names_used++];
      }
      ++count;
    });
  }

  FlatRdata(const FlatRdata&) = delete;
  FlatRdata& operator=(const FlatRdata&) = delete;
};

bool equal_parts(const RdataPart& a, const RdataPart& b) noexcept {
  return a.name != nullptr ? *a.name == *b.name : std::ranges::equal(a.bytes, b.bytes);
}

}  // namespace

bool walk_rdata(Bytes message, const Record& record,
                FunctionRef<void(const RdataPart&)> visit) noexcept {
  WireReader reader(message.first(record.end), record.rdata_at);
  for (const char field : layout_of(record.type)) {
    if (field == 'n') {
      const auto name = Name::read(reader);
      if (!name) return false;
      visit({{}, &*name});
      continue;
    }
    const Bytes bytes = read_field(reader, field);
    if (!reader.ok()) return false;
    visit({bytes, nullptr});
  }
  return reader.remaining() == 0;
}

bool equal_rdata(Bytes message, const Record& a, const Record& b) noexcept {
  const FlatRdata x(message, a);
  const FlatRdata y(message, b);
  return x.count == y.count &&
         std::equal(x.parts.begin(), x.parts.begin() + static_cast<std::ptrdiff_t>(x.count),
                    y.parts.begin(), equal_parts);
}

bool rdata_may_compress(RrType type) noexcept {
  const auto value = static_cast<unsigned>(type);
  return (value >= 2 && value <= 9) || value == 12 || value == 14 || value == 15;
}

}  // namespace holdfast::dns
