#include "control/expand_links.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "control/own_listeners.h"

namespace holdfast {
namespace {

constexpr std::uint16_t kPort = 53;

UpstreamConfig upstream_of(const LinkDomain& domain, const IpAddress& server, std::size_t number) {
  UpstreamConfig upstream;
  upstream.provider = "link:" + domain.interface;
  upstream.name = upstream.provider + "-" + std::to_string(number);
  upstream.upstream_class = UpstreamClass::cloud;
  upstream.interface = domain.interface;
  upstream.endpoints = {{server, kPort}};
  return upstream;
}

/// The name of the link's upstream with this server, which is added if there is room for it; "" if
/// there is none.
std::string add_upstream(Config& config, const LinkDomain& domain, const IpAddress& server) {
  const std::string provider = "link:" + domain.interface;
  std::size_t number = 1;
  for (const UpstreamConfig& other : config.upstreams) {
    if (other.provider != provider) continue;
    if (other.endpoints.front().address == server) return other.name;
    ++number;
  }
  if (config.upstreams.size() >= kMaxUpstreams / 2) return {};
  return config.upstreams.emplace_back(upstream_of(domain, server, number)).name;
}

std::vector<std::string> add_upstreams(Config& config, const LinkDomain& domain) {
  std::vector<std::string> names;
  for (const IpAddress& server : domain.servers) {
    if (is_listened_on(server, config)) continue;
    if (std::string name = add_upstream(config, domain, server); !name.empty())
      names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

Config with_link_domains(Config config, std::span<const LinkDomain> domains) {
  if (!config.link_routes) return config;
  const std::size_t configured = config.routes.size();
  for (const LinkDomain& domain : domains) {
    const auto route = std::ranges::find(config.routes, domain.zone, &RouteConfig::zone);
    if (route - config.routes.begin() < static_cast<std::ptrdiff_t>(configured)) continue;
    auto names = add_upstreams(config, domain);
    if (names.empty()) continue;
    if (route != config.routes.end()) {  // of another link
      auto& tier = route->tiers.front();
      tier.insert(tier.end(), names.begin(), names.end());
      continue;
    }
    RouteConfig made;
    made.zone = domain.zone;
    made.label = domain.zone.to_string();
    made.tiers = {std::move(names)};
    made.visibility = Visibility::private_view;
    config.routes.push_back(std::move(made));
  }
  return config;
}

}  // namespace holdfast
