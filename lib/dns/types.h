// The numbers of the DNS with names: types, classes, rcodes, opcodes, EDE codes. Open enums: any
// 16-bit value is legal on the wire, so a switch over these needs a default.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::dns {

enum class RrType : std::uint16_t {
  none = 0,
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  null = 10,
  ptr = 12,
  mx = 15,
  txt = 16,
  sig = 24,
  aaaa = 28,
  srv = 33,
  naptr = 35,
  dname = 39,
  opt = 41,
  ds = 43,
  rrsig = 46,
  nsec = 47,
  dnskey = 48,
  nsec3 = 50,
  tlsa = 52,
  svcb = 64,
  https = 65,
  nxname = 128,
  tkey = 249,
  tsig = 250,
  ixfr = 251,
  axfr = 252,
  mailb = 253,
  maila = 254,
  any = 255,
  caa = 257,
};

enum class RrClass : std::uint16_t { in = 1, ch = 3, hs = 4, none = 254, any = 255 };

/// RFC 6895 2.3, with the upper eight bits of EDNS (RFC 6891 6.1.3).
enum class Rcode : std::uint16_t {
  noerror = 0,
  formerr = 1,
  servfail = 2,
  nxdomain = 3,
  notimp = 4,
  refused = 5,
  yxdomain = 6,
  notauth = 9,
  badvers = 16,
  badcookie = 23,
};

enum class Opcode : std::uint8_t {
  query = 0,
  iquery = 1,
  status = 2,
  notify = 4,
  update = 5,
  dso = 6
};

/// RFC 8914 info codes.
enum class EdeCode : std::uint16_t {
  other = 0,
  unsupported_dnskey = 1,
  unsupported_ds = 2,
  stale_answer = 3,
  forged_answer = 4,
  dnssec_indeterminate = 5,
  dnssec_bogus = 6,
  signature_expired = 7,
  signature_not_yet_valid = 8,
  dnskey_missing = 9,
  rrsigs_missing = 10,
  no_zone_key = 11,
  nsec_missing = 12,
  cached_error = 13,
  not_ready = 14,
  blocked = 15,
  censored = 16,
  filtered = 17,
  prohibited = 18,
  stale_nxdomain = 19,
  not_authoritative = 20,
  not_supported = 21,
  no_reachable_authority = 22,
  network_error = 23,
  invalid_information = 24,
};

/// A filter's reasons (RFC 8914 4.16 to 4.19).
[[nodiscard]] constexpr bool is_filters_reason(EdeCode code) noexcept {
  return code >= EdeCode::blocked && code <= EdeCode::prohibited;
}

/// "A", "AAAA", … or "TYPE1234" (RFC 3597).
[[nodiscard]] std::string to_string(RrType type);
/// The other way, any case; nullopt for what is no type.
[[nodiscard]] std::optional<RrType> parse_type(std::string_view text);
/// "NOERROR", "SERVFAIL", … or "RCODE1234".
[[nodiscard]] std::string to_string(Rcode rcode);
[[nodiscard]] std::string to_string(RrClass rr_class);
/// The registered purpose of an info code, e.g. "Stale Answer"; "EDE 99" for others.
[[nodiscard]] std::string to_string(EdeCode code);

/// Types that only ever stand in questions (RFC 6895 3.1) or meta records: 128–255 and OPT.
[[nodiscard]] constexpr bool is_meta(RrType type) noexcept {
  const auto value = static_cast<std::uint16_t>(type);
  return type == RrType::opt || (value >= 128 && value <= 255);
}

}  // namespace holdfast::dns
