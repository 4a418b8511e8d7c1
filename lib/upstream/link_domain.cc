#include "upstream/link_domain.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace holdfast {
namespace {

std::vector<IpAddress> addresses_of(const LinkNotice& notice) {
  std::vector<IpAddress> servers;
  for (const std::string& text : notice.servers) {
    // NetworkManager names a server's certificate behind its address.
    const auto parsed = parse_ip(std::string_view(text).substr(0, text.find('#')));
    if (!parsed || parsed->is_unspecified()) continue;
    const IpAddress server = parsed->unmapped();
    if (std::ranges::find(servers, server) != servers.end()) continue;
    if (servers.size() < kMostLinkServers) servers.push_back(server);
  }
  return servers;
}

std::optional<dns::Name> zone_of(const LinkNotice& notice, const LinkNotice::Domain& domain) {
  std::string_view text = domain.text;
  const bool tilde = text.starts_with('~');
  if (tilde) text.remove_prefix(1);
  if (!tilde && !domain.only_routes && !notice.owns_all) return std::nullopt;
  const auto zone = dns::Name::parse(text);
  if (text.empty() || !zone || zone->is_root()) return std::nullopt;
  return zone->lowered();
}

}  // namespace

std::vector<LinkDomain> routing_domains(std::span<const LinkNotice> notices) {
  std::vector<LinkDomain> found;
  for (const LinkNotice& notice : notices) {
    const auto servers = addresses_of(notice);
    if (servers.empty() || notice.interface.empty()) continue;
    for (const LinkNotice::Domain& domain : notice.domains) {
      const auto zone = zone_of(notice, domain);
      if (!zone) continue;
      const bool known = std::ranges::any_of(found, [&](const LinkDomain& other) {
        return other.zone == *zone && other.interface == notice.interface;
      });
      if (known || found.size() == kMostLinkDomains) continue;
      found.push_back({*zone, notice.interface, servers});
    }
  }
  return found;
}

}  // namespace holdfast
