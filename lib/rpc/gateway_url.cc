#include "rpc/gateway_url.h"

#include <algorithm>

#include "dns/name.h"
#include "rpc/public_address.h"

namespace holdfast::rpc {
namespace {

using Status = ens::GatewayReply::Status;

constexpr std::uint16_t kHttpsPort = 443, kHttpPort = 80;

bool is_graphic(char c) {
  return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '#' && c != '<' && c != '>';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/// A name of the public DNS. Numbers in its last label would make it an address to some (127.1,
/// 0x7f.1, 2130706433), and a single label is somebody's own network.
bool is_public_name(std::string_view host) {
  if (!std::ranges::all_of(host, is_host_character)) return false;
  const auto dot = host.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == host.size()) return false;
  const char first = host[dot + 1];
  return first >= 'a' && first <= 'z' && dns::Name::parse(host).has_value();
}

/// "host" or "host:port"; an IPv6 address in brackets.
bool parse_authority(std::string_view text, GatewayPlace& out) {
  std::string_view host = text, port;
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return false;
  host = text.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end);
  port = text.substr(bracketed ? end + 1 : end);
  if (!port.empty()) {
    const auto number = port.front() == ':' ? parse_port(port.substr(1)) : std::nullopt;
    if (!number) return false;
    out.origin.port = *number;
  }
  out.origin.host = host;
  std::ranges::transform(out.origin.host, out.origin.host.begin(), lower);
  if (const auto address = parse_ip(host)) {
    out.address = address.value();
    out.origin.host = out.address->to_string();
    return bracketed != out.address->is_v4() && out.address->scope == 0;
  }
  return !bracketed && is_public_name(out.origin.host);
}

bool is_denied(const std::string& host, const std::vector<std::string>& denied) {
  return std::ranges::any_of(denied, [&host](const std::string& name) {
    if (!host.ends_with(name)) return false;
    return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
  });
}

}  // namespace

std::optional<GatewayPlace> parse_gateway_url(std::string_view url) {
  GatewayPlace place;
  const auto colon = std::min(url.find("://"), url.size());
  std::string scheme(url.substr(0, colon));
  std::ranges::transform(scheme, scheme.begin(), lower);
  place.origin.tls = scheme == "https";
  if (!place.origin.tls && scheme != "http") return std::nullopt;
  place.origin.port = place.origin.tls ? kHttpsPort : kHttpPort;
  if (!std::ranges::all_of(url, is_graphic)) return std::nullopt;
  const auto rest = url.substr(std::min(colon + 3, url.size()));
  const auto authority = rest.substr(0, std::min(rest.find_first_of("/?"), rest.size()));
  // Nobody's password is sent anywhere, and "https://good.example@evil.example" misleads.
  if (authority.find('@') != std::string_view::npos) return std::nullopt;
  if (!parse_authority(authority, place)) return std::nullopt;
  return place;
}

std::variant<GatewayPlace, Status> judge_gateway(std::string_view url, const GatewayRules& rules) {
  auto place = parse_gateway_url(url);
  if (!place) return Status::refused;
  if (is_denied(place->origin.host, rules.denied)) return Status::prohibited;
  place->allowed = std::ranges::find(rules.allowed, place->origin) != rules.allowed.end();
  if (place->allowed) return *std::move(place);
  if (rules.only_allowed) return Status::prohibited;
  if (!place->origin.tls || place->origin.port != kHttpsPort) return Status::refused;
  return *std::move(place);
}

bool may_reach(const GatewayPlace& place, const IpAddress& address,
               const std::vector<IpAddress>& own) {
  if (place.allowed) return true;
  return is_public(address) && std::ranges::find(own, address) == own.end();
}

}  // namespace holdfast::rpc
