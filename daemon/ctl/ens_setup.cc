#include "daemon/ctl/ens_setup.h"

#include <algorithm>
#include <vector>

#include "control/reply.h"
#include "daemon/rpc_secrets.h"
#include "net/tls_client.h"

namespace holdfast::ctl {
namespace {

bool names(const RouteConfig& route, const std::string& upstream) {
  return std::ranges::any_of(route.tiers, [&upstream](const auto& tier) {
    return std::ranges::find(tier, upstream) != tier.end();
  });
}

/// The innermost route that the zone is in and that names the upstream.
bool serves(const Config& config, const UpstreamConfig& upstream, const dns::Name& zone) {
  return std::ranges::any_of(config.routes, [&](const RouteConfig& route) {
    return zone.is_subdomain_of(route.zone) && names(route, upstream.name);
  });
}

}  // namespace

std::variant<Config, std::string> load_with_secrets(const std::string& path) {
  auto loaded = load_config(path, TlsContext::fault_of);
  if (!loaded.ok()) return check_text(loaded, path);
  if (auto fault = read_rpc_secrets(loaded.config); !fault.empty()) return fault + "\n";
  return std::move(loaded.config);
}

std::variant<UpstreamConfig, std::string> choose_chain(const Config& config,
                                                       const std::string& name,
                                                       const dns::Name* zone) {
  std::vector<const UpstreamConfig*> chains;
  for (const UpstreamConfig& upstream : config.upstreams) {
    if (upstream.chain && (name.empty() || upstream.name == name)) chains.push_back(&upstream);
  }
  if (chains.empty()) {
    return name.empty() ? "no upstream of class \"ens\" in the configuration"
                        : "no upstream \"" + name + "\" of class \"ens\" in the configuration";
  }
  const auto fits = [&](const auto* chain) {
    return zone != nullptr && serves(config, *chain, *zone);
  };
  const auto found = std::ranges::find_if(chains, fits);
  if (found != chains.end()) return **found;
  if (chains.size() == 1) return *chains.front();
  return "several upstreams of class \"ens\" in the configuration; expected --upstream";
}

}  // namespace holdfast::ctl
