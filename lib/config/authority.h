// What stands between "://" and the path of a url: a host and maybe a port.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/endpoint.h"

namespace holdfast {

struct Authority {
  std::optional<IpAddress> address;  // or else …
  std::string host;                  // … a name to be resolved
  std::uint16_t port = 0;            // 0: none was given
};

/// "" and `out` is set; or what is wrong, in words that follow "found X; ". `scheme` is for
/// examples in them.
[[nodiscard]] std::string parse_authority(std::string_view text, std::string_view scheme,
                                          Authority& out);

/// A host name (RFC 952, RFC 1123 2.1) and not a mistyped IPv4 address: its last label is no
/// number.
[[nodiscard]] bool is_host_name(std::string_view text);

}  // namespace holdfast
