#include "config/upstream_url.h"

#include <utility>

#include "config/authority.h"
#include "config/suggest.h"

namespace holdfast {
namespace {

constexpr std::string_view kExample = "udp://192.0.2.53 or tcp://[2001:db8::53]:53";

std::string unsupported(std::string_view what) {
  return std::string(what) + " is not supported by this version yet; supported: udp:// and tcp://";
}

/// Empty if the scheme is one of ours.
std::string scheme_mistake(std::string_view scheme) {
  if (scheme == "udp" || scheme == "tcp") return {};
  for (const std::string_view later : {"tls", "https", "quic", "h3"}) {
    if (scheme == later) return unsupported(std::string(scheme) + "://");
  }
  return "unknown scheme" + suggestion(scheme, {"udp", "tcp"});
}

}  // namespace

std::variant<UpstreamUrl, std::string> parse_upstream_url(std::string_view text) {
  if (text == "auto") return unsupported("\"auto\"");
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) {
    const bool plain = parse_endpoint(text, 53).has_value() || is_host_name(text);
    return "the scheme is missing; expected " +
           (plain ? "\"udp://" + std::string(text) + '"' : std::string(kExample));
  }
  const auto scheme = text.substr(0, colon);
  if (auto mistake = scheme_mistake(scheme); !mistake.empty()) return mistake;

  UpstreamUrl url;
  url.transport = scheme == "tcp" ? TransportKind::tcp : TransportKind::udp;
  const auto authority = text.substr(colon + 3);
  if (const auto extra = authority.find_first_of("/?#@"); extra != std::string_view::npos) {
    return "nothing but an address and a port may follow " + std::string(scheme) + "://";
  }
  Authority parts;
  if (auto mistake = parse_authority(authority, scheme, parts); !mistake.empty()) return mistake;
  url.address = parts.address;
  url.host = std::move(parts.host);
  if (parts.port != 0) url.port = parts.port;
  return url;
}

}  // namespace holdfast
