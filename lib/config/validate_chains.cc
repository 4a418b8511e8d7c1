// Upstreams of class ens and the routes that name them.
#include <algorithm>
#include <set>

#include "config/validate.h"

namespace holdfast {
namespace {

bool names(const RouteConfig& route, const std::string& upstream) {
  return std::ranges::any_of(route.tiers, [&upstream](const auto& tier) {
    return std::ranges::find(tier, upstream) != tier.end();
  });
}

void check_endpoint(const Config& config, const rpc::EndpointSpec& endpoint, const Node& node,
                    Report& report) {
  const Node* url = node.find("url");
  if (url == nullptr || report.flagged_within(node)) return;
  // The url itself is never shown: many have a key in them.
  if (endpoint.addresses.empty() && config.bootstrap.empty()) {
    report.error(*url, "found the host name \"" + endpoint.host +
                           "\"; expected \"addresses\" beside it, or \"bootstrap\" servers that "
                           "resolve it");
    return;
  }
  const bool secret = !endpoint.secret_file.empty() || !endpoint.secret_env.empty();
  if (!secret && endpoint.url.find(rpc::kSecretMark) != std::string::npos) {
    report.error(*url,
                 "has \"{secret}\" in it; expected \"secret_file\" or \"secret_env\" beside it");
  }
  const bool here = !endpoint.addresses.empty() &&
                    std::ranges::all_of(endpoint.addresses, &IpAddress::is_loopback);
  if (here || endpoint.url.starts_with("https://")) return;
  if (secret) {
    report.error(*url,
                 "http:// is not encrypted: the secret can be read on the way; expected "
                 "https://");
  } else {
    report.warning(*url,
                   "http:// is not encrypted: anybody on the way can answer in the "
                   "endpoint's place; expected https://");
  }
}

void check_quorum(const rpc::Chain& chain, const Node& node, Report& report) {
  const Node* endpoints = node.find("endpoints");
  if (endpoints == nullptr || report.flagged_within(*endpoints)) return;
  std::set<std::string> providers;
  for (const auto& endpoint : chain.endpoints)
    providers.insert(endpoint.provider);
  const Node* quorum = node.find("quorum");
  const Node& at = quorum != nullptr ? *quorum : *endpoints;
  if (report.flagged(at)) return;
  if (chain.mode == rpc::Mode::quorum && chain.quorum < 2) {
    report.error(at,
                 "one is no quorum; expected 2 or more, and as many endpoints, or \"mode\": "
                 "\"first\"");
  } else if (chain.mode == rpc::Mode::quorum && chain.quorum > providers.size()) {
    report.error(at, "found a quorum of " + std::to_string(chain.quorum) + " of " +
                         std::to_string(providers.size()) +
                         " providers; expected at least as many providers: one alone cannot "
                         "confirm itself");
  }
  const auto trusted = [](const rpc::EndpointSpec& endpoint) { return endpoint.trusted; };
  const Node* mode = node.find("mode");
  if (chain.mode == rpc::Mode::trusted && mode != nullptr && !report.flagged(*mode) &&
      std::ranges::none_of(chain.endpoints, trusted)) {
    report.error(*mode,
                 "found \"trusted\" without an endpoint that is; expected \"trusted\": "
                 "true at your own node's");
  }
}

void check_gateways(const Config& config, const rpc::Chain& chain, const Node& node,
                    Report& report) {
  const Node* ccip = node.find("ccip");
  const Node* allow = node.find("ccip_allow");
  if ((ccip != nullptr && report.flagged(*ccip)) ||
      (allow != nullptr && report.flagged_within(*allow))) {
    return;
  }
  const auto& allowed = chain.gateways.allowed;
  if (chain.gateways.only_allowed && allowed.empty()) {
    report.error(*ccip,
                 "found \"allowlist\" and nothing that is on it; expected \"ccip_allow\" beside "
                 "it, or \"off\"");
    return;
  }
  const bool by_address =
      chain.gateways.only_allowed && std::ranges::all_of(allowed, [](const rpc::Origin& origin) {
        return parse_ip(origin.host).has_value();
      });
  if (!chain.bridge.gateways.enabled || by_address || !config.bootstrap.empty()) return;
  report.warning(ccip != nullptr ? *ccip : node,
                 "gateways that contracts name are looked up by \"bootstrap\" servers, and there "
                 "are none: their names will be SERVFAIL; expected these, or \"ccip\": \"off\"");
}

/// Whatever is asked below the zone reaches strangers: it must be somebody's own.
void check_zone(const RouteConfig& route, const Node& node, Report& report) {
  static const dns::Name eth = dns::Name::parse("eth").value();
  const Node* zone = node.find("zone");
  if (zone == nullptr || report.flagged(*zone) || route.zone == eth) return;
  const bool own = route.visibility == Visibility::private_view && !route.zone.is_root();
  if (route.zone.label_count() >= 2 || own) return;
  report.error(*zone, "found " + zone->shown() +
                          " with an upstream of class \"ens\"; expected \"eth\", or a zone of "
                          "your own: every name below it would be told to RPC endpoints");
}

void check_alias(const RouteConfig& route, bool bridged, const Node& node, Report& report) {
  static const dns::Name eth = dns::Name::parse("eth").value();
  const Node* ens = node.find("ens");
  if (ens == nullptr || report.flagged_within(*ens)) return;
  if (!bridged) {
    report.error(*ens, "expected only with an upstream of class \"ens\" in the tiers");
  } else if (route.zone.is_subdomain_of(eth)) {
    report.error(*ens, "expected only with ordinary zones: names under \"eth\" are their own");
  }
}

}  // namespace

void validate_chains(const Config& config, const Node& root, Report& report) {
  const Node* upstreams = root.find("upstreams");
  if (upstreams == nullptr || upstreams->children.size() != config.upstreams.size()) return;
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    const auto& chain = config.upstreams[i].chain;
    const Node& node = upstreams->children[i];
    const Node* endpoints = node.find("endpoints");
    if (!chain || endpoints == nullptr) continue;
    const auto count = std::min(chain->endpoints.size(), endpoints->children.size());
    for (std::size_t e = 0; e < count; ++e)
      check_endpoint(config, chain->endpoints[e], endpoints->children[e], report);
    check_quorum(*chain, node, report);
    check_gateways(config, *chain, node, report);
  }
  const Node* routes = root.find("routes");
  if (routes == nullptr || routes->children.size() != config.routes.size()) return;
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const RouteConfig& route = config.routes[i];
    const bool bridged = std::ranges::any_of(config.upstreams, [&](const UpstreamConfig& one) {
      return one.chain && names(route, one.name);
    });
    if (bridged) check_zone(route, routes->children[i], report);
    check_alias(route, bridged, routes->children[i], report);
  }
}

}  // namespace holdfast
