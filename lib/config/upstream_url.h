// The url of an upstream: "udp://192.0.2.1", "tcp://[2001:db8::1]:5353", "udp://dns.example.net",
// "tls://192.0.2.1?name=dns.example.net", "https://dns.example.net/dns-query".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/endpoint.h"
#include "upstream/upstream.h"

namespace holdfast {

struct UpstreamUrl {
  TransportKind transport = TransportKind::udp;
  std::optional<IpAddress> address;  // or else …
  std::string host;                  // … a name to be resolved
  std::uint16_t port = 53;           // 853 of tls (RFC 7858 3.1), 443 of https
  std::string tls_name;              // whom the certificate must be for; "" without TLS
  HttpTarget http;                   // of https
};

/// The parts, or what is wrong in words that follow "found X; ".
[[nodiscard]] std::variant<UpstreamUrl, std::string> parse_upstream_url(std::string_view text);

}  // namespace holdfast
