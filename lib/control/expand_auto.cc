#include "control/expand_auto.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "control/own_listeners.h"

namespace holdfast {
namespace {

constexpr std::uint16_t kPort = 53;

std::vector<Endpoint> usable(std::span<const IpAddress> resolvers, const Config& config) {
  std::vector<Endpoint> endpoints;
  for (const IpAddress& resolver : resolvers) {
    const Endpoint endpoint{resolver.unmapped(), kPort};
    const bool known = std::ranges::find(endpoints, endpoint) != endpoints.end();
    if (known || is_listened_on(endpoint.address, config)) continue;
    if (endpoints.size() < kMaxAutomatic) endpoints.push_back(endpoint);
  }
  return endpoints;
}

std::vector<UpstreamConfig> expand(const UpstreamConfig& from,
                                   const std::vector<Endpoint>& endpoints) {
  std::vector<UpstreamConfig> made;
  for (std::size_t i = 0; i < std::max<std::size_t>(1, endpoints.size()); ++i) {
    UpstreamConfig& upstream = made.emplace_back(from);
    upstream.name = from.name + "-" + std::to_string(i + 1);
    upstream.automatic = false;
    upstream.found_for = from.name;
    if (i < endpoints.size()) upstream.endpoints = {endpoints[i]};
  }
  return made;
}

void replace(std::vector<std::string>& tier, const std::string& name,
             const std::vector<UpstreamConfig>& by) {
  const auto at = std::ranges::find(tier, name);
  if (at == tier.end()) return;
  std::vector<std::string> names;
  std::ranges::transform(by, std::back_inserter(names), &UpstreamConfig::name);
  tier.insert(tier.erase(at), names.begin(), names.end());
}

}  // namespace

Config with_resolvers(Config config, std::span<const IpAddress> resolvers) {
  const auto automatic = std::ranges::find(config.upstreams, true, &UpstreamConfig::automatic);
  if (automatic == config.upstreams.end()) return config;
  const std::string name = automatic->name;
  const auto made = expand(*automatic, usable(resolvers, config));
  const auto at = config.upstreams.erase(automatic);
  config.upstreams.insert(at, made.begin(), made.end());
  for (RouteConfig& route : config.routes) {
    for (auto& tier : route.tiers)
      replace(tier, name, made);
  }
  return config;
}

}  // namespace holdfast
