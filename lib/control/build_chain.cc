#include "control/build_chain.h"

#include <algorithm>

namespace holdfast {
namespace {

ens::BridgeZone zone_of(const RouteConfig& route) {
  static const dns::Name eth = dns::Name::parse("eth").value();
  ens::BridgeZone zone;
  zone.apex = route.zone;
  const bool native = route.zone.is_subdomain_of(eth);
  zone.kind = native ? ens::BridgeZone::Kind::native : ens::BridgeZone::Kind::copied;
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
    if (names) chain->bridge.zones.push_back(zone_of(route));
  }
  return chain;
}

}  // namespace holdfast
