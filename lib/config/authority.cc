#include "config/authority.h"

#include <algorithm>

#include "dns/name.h"

namespace holdfast {
namespace {

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

/// Splits "host:port" and "[address]:port"; empty text if that went well.
std::string split_port(std::string_view text, std::string_view scheme, std::string_view& host,
                       std::uint16_t& out) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return "\"[\" without \"]\"";
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    if (colon != text.rfind(':')) {
      return "an IPv6 address stands in brackets: " + std::string(scheme) + "://[2001:db8::53]";
    }
    host = text.substr(0, colon);
    port = colon == std::string_view::npos ? "" : text.substr(colon);
  }
  if (port.empty()) return {};
  const auto number = port.front() == ':' ? parse_port(port.substr(1)) : std::nullopt;
  if (!number) return "expected a port from 1 to 65535 after the address";
  out = *number;
  return {};
}

}  // namespace

bool is_host_name(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_host_character)) return false;
  if (text.back() == '.') text.remove_suffix(1);
  const auto last = text.substr(text.rfind('.') + 1);
  const bool number =
      std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto name = dns::Name::parse(text);
  return !number && name && !name->is_root();
}

std::string parse_authority(std::string_view text, std::string_view scheme, Authority& out) {
  std::string_view host;
  if (auto mistake = split_port(text, scheme, host, out.port); !mistake.empty()) return mistake;
  const bool bracketed = text.starts_with('[');
  if (const auto address = parse_ip(host)) {
    if (bracketed == address->is_v4()) return "only IPv6 addresses stand in brackets";
    out.address = *address;
    return {};
  }
  if (bracketed) return "expected an IPv6 address in the brackets";
  if (!is_host_name(host)) {
    return "expected an IP address or a host name, as in " + std::string(scheme) +
           "://192.0.2.53 or " + std::string(scheme) + "://[2001:db8::53]";
  }
  out.host = host;
  return {};
}

}  // namespace holdfast
