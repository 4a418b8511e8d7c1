#include "dns/edns.h"

#include <algorithm>

#include "dns/header.h"

namespace holdfast::dns {
namespace {

constexpr std::size_t kFixedBytes = 11;  // an OPT without options
constexpr std::size_t kMaxEdeText = 120;

/// Takes up one option we know; false if its length is impossible. Others are passed over (RFC 6891
/// 6.1.2), also client subnets: we never use one.
bool take_option(Edns& edns, OptionCode code, Bytes value) noexcept {
  const std::size_t size = value.size();
  switch (code) {
    case OptionCode::cookie:  // RFC 7873 4
      if (edns.cookie.empty()) edns.cookie = value;
      return size == kClientCookieBytes || (size >= 16 && size <= kMaxCookieBytes);
    case OptionCode::tcp_keepalive:  // RFC 7828 3.1: empty in a query, two bytes in a reply
      edns.keepalive_asked = edns.keepalive_asked || size == 0;
      return size == 0 || size == 2;
    case OptionCode::ede:  // RFC 8914 2
      if (size < 2) return false;
      if (!edns.ede) {
        edns.ede = EdeCode{WireReader(value).u16()};
        edns.ede_text = value.subspan(2);
      }
      return true;
    case OptionCode::client_subnet:
    case OptionCode::padding:
    default:
      return true;
  }
}

/// At most kMaxEdeText bytes, cut between characters: EXTRA-TEXT must be UTF-8.
std::string_view short_text(std::string_view text) noexcept {
  if (text.size() <= kMaxEdeText) return text;
  std::size_t end = kMaxEdeText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80)
    --end;
  return text.substr(0, end);
}

Bytes as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::optional<Edns> Edns::read_after_type(WireReader& reader) noexcept {
  Edns edns;
  const Bytes fixed = reader.bytes(kFixedBytes - 3);  // owner and type are read already
  if (fixed.empty()) return std::nullopt;
  edns.payload = load_u16(&fixed[0]);
  edns.extended_rcode = fixed[2];
  edns.version = fixed[3];
  edns.dnssec_ok = (load_u16(&fixed[4]) & 0x8000U) != 0;
  WireReader options(reader.bytes(load_u16(&fixed[6])));
  bool good = reader.ok();
  while (good && options.remaining() > 0) {
    const auto code = OptionCode{options.u16()};
    const Bytes value = options.bytes(options.u16());
    good = options.ok() && take_option(edns, code, value);
  }
  if (!good) {
    reader.fail();
    return std::nullopt;
  }
  return edns;
}

void OptRecord::write(WireWriter& writer) const noexcept {
  if (std::uint8_t* fixed = writer.take(kFixedBytes)) {
    fixed[0] = 0;  // the root
    store_u16(fixed + 1, static_cast<std::uint16_t>(RrType::opt));
    store_u16(fixed + 3, payload);
    fixed[5] = static_cast<std::uint8_t>(static_cast<std::uint16_t>(rcode) >> 4U);
    fixed[6] = 0;  // the version we speak
    store_u16(fixed + 7, dnssec_ok ? 0x8000 : 0);
    store_u16(fixed + 9, static_cast<std::uint16_t>(size() - kFixedBytes));
  }
  if (ede) {
    const std::string_view text = short_text(ede_text);
    writer.u16(static_cast<std::uint16_t>(OptionCode::ede));
    writer.u16(static_cast<std::uint16_t>(2 + text.size()));
    writer.u16(static_cast<std::uint16_t>(*ede));
    writer.bytes(as_bytes(text));
  }
  if (!cookie.empty()) {
    writer.u16(static_cast<std::uint16_t>(OptionCode::cookie));
    writer.u16(static_cast<std::uint16_t>(cookie.size()));
    writer.bytes(cookie);
  }
  if (keepalive) {
    writer.u16(static_cast<std::uint16_t>(OptionCode::tcp_keepalive));
    writer.u16(2);
    writer.u16(*keepalive);
  }
  if (padding) {
    writer.u16(static_cast<std::uint16_t>(OptionCode::padding));
    writer.u16(*padding);
    if (std::uint8_t* zeros = writer.take(*padding)) std::fill_n(zeros, *padding, std::uint8_t{0});
  }
}

std::size_t OptRecord::size() const noexcept {
  return kFixedBytes + (ede ? 6 + short_text(ede_text).size() : 0) +
         (cookie.empty() ? 0 : 4 + cookie.size()) + (keepalive ? 6U : 0U) +
         (padding ? 4U + *padding : 0U);
}

std::optional<Edns> find_edns(Bytes message) noexcept {
  const auto header = Header::read(message);
  if (!header || header->arcount == 0) return std::nullopt;
  WireReader reader(message, kHeaderBytes);
  for (unsigned i = 0; i < header->qdcount && reader.ok(); ++i) {
    reader.skip_name();
    reader.skip(4);  // type and class
  }
  const unsigned before = unsigned{header->ancount} + header->nscount;
  for (unsigned i = 0; i < before + header->arcount && reader.ok(); ++i) {
    reader.skip_name();
    const auto type = RrType{reader.u16()};
    if (type == RrType::opt && i >= before && reader.ok()) return Edns::read_after_type(reader);
    reader.skip(6);  // class and TTL
    reader.skip(reader.u16());
  }
  return std::nullopt;
}

}  // namespace holdfast::dns
