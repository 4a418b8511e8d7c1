#include "config/upstream_url.h"

#include <algorithm>
#include <charconv>

#include "config/node.h"
#include "config/suggest.h"
#include "dns/name.h"

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

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && port != 0 ? std::optional(port) : std::nullopt;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

/// A host name (RFC 952, RFC 1123 2.1) and not a mistyped IPv4 address: its last label is no
/// number.
bool is_host_name(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_host_character)) return false;
  if (text.back() == '.') text.remove_suffix(1);
  const auto last = text.substr(text.rfind('.') + 1);
  const bool number =
      std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto name = dns::Name::parse(text);
  return !number && name && !name->is_root();
}

/// Splits "host:port" and "[address]:port"; empty text if that went well.
std::string split_port(std::string_view text, std::string_view& host, UpstreamUrl& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return "\"[\" without \"]\"";
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    if (colon != text.rfind(':')) return "an IPv6 address stands in brackets: udp://[2001:db8::53]";
    host = text.substr(0, colon);
    port = colon == std::string_view::npos ? "" : text.substr(colon);
  }
  if (port.empty()) return {};
  const auto number = port.front() == ':' ? parse_port(port.substr(1)) : std::nullopt;
  if (!number) return "expected a port from 1 to 65535 after the address";
  url.port = *number;
  return {};
}

std::string set_host(std::string_view host, bool bracketed, UpstreamUrl& url) {
  if (const auto address = parse_ip(host)) {
    if (bracketed == address->is_v4()) return "only IPv6 addresses stand in brackets";
    url.address = *address;
    return {};
  }
  if (bracketed) return "expected an IPv6 address in the brackets";
  if (!is_host_name(host))
    return "expected an IP address or a host name, as in " + std::string(kExample);
  url.host = host;
  return {};
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
  std::string_view host;
  if (auto mistake = split_port(authority, host, url); !mistake.empty()) return mistake;
  if (auto mistake = set_host(host, authority.starts_with('['), url); !mistake.empty()) {
    return mistake;
  }
  return url;
}

}  // namespace holdfast
