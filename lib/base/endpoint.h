// IP addresses, endpoints (address and port) and prefixes as values: parse, print, compare. No
// sockets.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast {

/// An IPv4 or IPv6 address; IPv6 link-local ones carry a scope (interface index, 0 if none).
struct IpAddress {
  enum class Family : std::uint8_t { v4, v6 };
  Family family = Family::v4;
  std::array<std::uint8_t, 16> bytes{};  // network order; v4 uses the first four
  std::uint32_t scope = 0;

  [[nodiscard]] bool is_v4() const noexcept { return family == Family::v4; }

  [[nodiscard]] bool is_loopback() const noexcept;
  /// 0.0.0.0 or ::
  [[nodiscard]] bool is_unspecified() const noexcept;
  /// RFC 1918, RFC 6598, ULA (fc00::/7), link-local or loopback: never a public address.
  [[nodiscard]] bool is_private() const noexcept;
  [[nodiscard]] std::string to_string() const;
  /// ::ffff:a.b.c.d becomes a.b.c.d; every other address stays.
  [[nodiscard]] IpAddress unmapped() const noexcept;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

/// "192.0.2.1", "2001:db8::1", "fe80::1%2" (numeric scope). Anything else is
/// std::errc::invalid_argument.
Result<IpAddress> parse_ip(std::string_view text);

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  /// "192.0.2.1:53", "[2001:db8::1]:53".
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// Of a url: 1 to 65535, decimal. nullopt: anything else.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text);

/// "192.0.2.1:53", "192.0.2.1", "[2001:db8::1]:53", "[2001:db8::1]", "2001:db8::1"; without a port
/// the default one is taken. Port 0 is legal (any free port).
Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port);

/// An address block as in an ACL.
struct IpPrefix {
  IpAddress address;
  std::uint8_t length = 0;  // bits

  [[nodiscard]] bool contains(const IpAddress& other) const noexcept;
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;
};

/// "10.0.0.0/8", "::1/128", or an address alone (the whole of it). Host bits must be zero.
Result<IpPrefix> parse_prefix(std::string_view text);

}  // namespace holdfast
