#include "control/build_chain.h"

#include <algorithm>

namespace holdfast {
namespace {

/// A private zone that nobody but chains is asked for.
bool is_own(const RouteConfig& route, const Config& config) {
  const auto is_chain = [&config](const std::string& name) {
    const auto found = std::ranges::find(config.upstreams, name, &UpstreamConfig::name);
    return found != config.upstreams.end() && found->chain;
  };
  return route.visibility == Visibility::private_view &&
         std::ranges::all_of(route.tiers,
                             [&](const auto& tier) { return std::ranges::all_of(tier, is_chain); });
}

ens::BridgeZone zone_of(const RouteConfig& route, const Config& config) {
  using Kind = ens::BridgeZone::Kind;
  static const dns::Name eth = dns::Name::parse("eth").value();
  ens::BridgeZone zone;
  zone.apex = route.zone;
  zone.kind = is_own(route, config) ? Kind::own : Kind::copied;
  if (route.zone.is_subdomain_of(eth)) zone.kind = Kind::native;
  if (!route.ens_name.empty()) zone.alias = ens::encode_name(route.ens_name);
  return zone;
}

}  // namespace

std::shared_ptr<const rpc::Chain> build_chain(const UpstreamConfig& upstream,
                                              const Config& config) {
  if (!upstream.chain) return nullptr;
  auto chain = std::make_shared<rpc::Chain>(*upstream.chain);
  chain->host_servers = config.bootstrap;
  for (const RouteConfig& route : config.routes) {
    const bool names = std::ranges::any_of(route.tiers, [&upstream](const auto& tier) {
      return std::ranges::find(tier, upstream.name) != tier.end();
    });
    if (names) chain->bridge.zones.push_back(zone_of(route, config));
  }
  return chain;
}

}  // namespace holdfast
