#include "control/record_text.h"

#include <algorithm>
#include <array>

#include "base/endpoint.h"
#include "dns/ttl.h"

namespace holdfast {
namespace {

using dns::RrType;

std::string print_hex(dns::Bytes bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

/// RFC 3597 5: \# SIZE HEX.
std::string print_generic(dns::Bytes rdata) {
  std::string text = "\\# " + std::to_string(rdata.size());
  return rdata.empty() ? text : text + " " + print_hex(rdata);
}

std::string print_address(dns::Bytes rdata) {
  IpAddress address;
  address.family = rdata.size() == 4 ? IpAddress::Family::v4 : IpAddress::Family::v6;
  std::copy(rdata.begin(), rdata.end(), address.bytes.begin());
  return address.to_string();
}

std::string print_name(dns::WireReader& reader) {
  const auto name = dns::Name::read(reader);
  if (!name) return "?";
  return name->is_root() ? "." : name->to_string() + ".";
}

std::string print_string(dns::Bytes bytes) {
  std::string text = "\"";
  for (const std::uint8_t byte : bytes) {
    const bool printable = byte >= 0x20 && byte < 0x7f;
    if (printable && byte != '"' && byte != '\\') {
      text += static_cast<char>(byte);
    } else {
      const std::string digits = std::to_string(byte);
      text += "\\" + std::string(3 - digits.size(), '0') + digits;
    }
  }
  return text + "\"";
}

std::string print_strings(dns::Bytes rdata) {
  dns::WireReader reader(rdata);
  std::string text;
  while (reader.ok() && reader.remaining() > 0) {
    const auto size = reader.u8();
    text += (text.empty() ? "" : " ") + print_string(reader.bytes(size));
  }
  return text;
}

std::string print_soa(dns::WireReader& reader) {
  std::string text = print_name(reader);
  text += " " + print_name(reader);
  for (int i = 0; i < 5; ++i)
    text += " " + std::to_string(reader.u32());
  return text;
}

std::string print_srv(dns::WireReader& reader) {
  std::string text;
  for (int i = 0; i < 3; ++i)
    text += std::to_string(reader.u16()) + " ";
  return text + print_name(reader);
}

std::string print_rdata(dns::Bytes message, const dns::Record& record) {
  const dns::Bytes rdata = message.subspan(record.rdata_at, record.rdata_size);
  dns::WireReader reader(message, record.rdata_at);
  switch (record.type) {
    case RrType::a:
      return rdata.size() == 4 ? print_address(rdata) : print_generic(rdata);
    case RrType::aaaa:
      return rdata.size() == 16 ? print_address(rdata) : print_generic(rdata);
    case RrType::ns:
    case RrType::cname:
    case RrType::dname:
    case RrType::ptr:
      return print_name(reader);
    case RrType::mx: {
      const auto preference = std::to_string(reader.u16());
      return preference + " " + print_name(reader);
    }
    case RrType::txt:
      return print_strings(rdata);
    case RrType::soa:
      return print_soa(reader);
    case RrType::srv:
      return print_srv(reader);
    default:
      return print_generic(rdata);
  }
}

}  // namespace

std::vector<RecordText> print_records(std::span<const std::uint8_t> message) {
  const auto view = dns::MessageView::parse(message);
  std::vector<RecordText> records;
  if (!view.ok()) return records;
  view.for_each([&](const dns::Record& record) {
    if (record.section == dns::Section::additional) return false;
    records.push_back({view.owner(record).lowered().to_string(), dns::sane_ttl(record.ttl),
                       dns::to_string(record.type), print_rdata(message, record)});
    return true;
  });
  return records;
}

}  // namespace holdfast
