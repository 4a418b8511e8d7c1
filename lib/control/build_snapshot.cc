#include "control/build_snapshot.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "control/build_chain.h"
#include "control/builtin_routes.h"
#include "control/upstream_ids.h"

namespace holdfast {
namespace {

using IdByName = std::map<std::string, UpstreamId, std::less<>>;

/// The first route of the configuration that names the upstream; nullptr if none does.
const RouteConfig* first_route_of(const std::string& upstream, const Config& config) {
  for (const RouteConfig& route : config.routes) {
    for (const auto& tier : route.tiers) {
      if (std::find(tier.begin(), tier.end(), upstream) != tier.end()) return &route;
    }
  }
  return nullptr;
}

bool serves_root(const std::string& upstream, const Config& config) {
  for (const RouteConfig& route : config.routes) {
    if (!route.zone.is_root()) continue;
    for (const auto& tier : route.tiers) {
      if (std::find(tier.begin(), tier.end(), upstream) != tier.end()) return true;
    }
  }
  return false;
}

/// `. NS` where the upstream serves `.`, else the SOA of its first route: every server of a zone
/// has it.
ProbeSpec probe_of(const UpstreamConfig& upstream, const Config& config) {
  ProbeSpec probe;
  probe.interval = upstream.probe.interval.value_or(config.policy.probe_interval);
  dns::Name zone;
  if (!serves_root(upstream.name, config)) {
    if (const RouteConfig* route = first_route_of(upstream.name, config)) zone = route->zone;
  }
  probe.question.name = upstream.probe.name.value_or(zone);
  const auto usual = probe.question.name.is_root() ? dns::RrType::ns : dns::RrType::soa;
  probe.question.type = upstream.probe.type.value_or(usual);
  return probe;
}

ProviderId provider_id(const std::string& provider, std::vector<std::string>& providers) {
  const auto found = std::find(providers.begin(), providers.end(), provider);
  const auto position = static_cast<std::size_t>(found - providers.begin());
  if (found == providers.end()) providers.push_back(provider);
  return static_cast<ProviderId>(position);
}

/// AWS drops beyond 1024 packets a second and network interface.
bool is_aws_resolver(const UpstreamConfig& upstream) {
  static const std::array addresses{parse_ip("169.254.169.253").value(),
                                    parse_ip("fd00:ec2::253").value()};
  return std::ranges::any_of(upstream.endpoints, [](const Endpoint& endpoint) {
    return std::ranges::find(addresses, endpoint.address) != addresses.end();
  });
}

/// The packet budget of a provider, whichever of its upstreams names it; 0: none.
std::uint32_t budget_of(const std::string& provider, const Config& config) {
  constexpr std::uint32_t kAwsBudget = 900;
  std::uint32_t usual = 0;
  for (const UpstreamConfig& upstream : config.upstreams) {
    if (upstream.provider != provider) continue;
    if (upstream.max_pps) return *upstream.max_pps;
    if (is_aws_resolver(upstream)) usual = kAwsBudget;
  }
  return usual;
}

Upstream make_upstream(const UpstreamConfig& from, const Config& config) {
  Upstream out;
  out.name = from.name;
  out.upstream_class = from.upstream_class;
  out.provider_name = from.provider;
  out.transport = from.transport;
  // With `addresses` nothing is left to resolve.
  if (from.endpoints.empty()) out.host = from.host;
  out.port = from.port;
  out.endpoints = from.endpoints;
  out.found_for = from.found_for;
  out.tls = from.tls;
  out.http = from.http;
  out.source = from.source;
  out.interface = from.interface;
  out.validates = from.validates;
  out.filters = from.filters;
  out.trust_ad = from.trust_ad;
  out.max_pps = budget_of(from.provider, config);
  out.probe = probe_of(from, config);
  out.chain = build_chain(from, config);
  return out;
}

Route make_route(const RouteConfig& from, const Config& config, const IdByName& ids) {
  Route out;
  out.zone = from.zone;
  out.label = from.label;
  for (const auto& names : from.tiers) {
    Tier& tier = out.tiers.emplace_back();
    for (const auto& name : names)
      tier.push_back(ids.at(name));
  }
  out.policy = from.policy;
  out.visibility = from.visibility;
  out.hedge = from.hedge;
  out.min_usable = from.min_usable.value_or(static_cast<unsigned>(config.policy.min_usable));
  out.race_width = static_cast<unsigned>(config.policy.race_width);
  out.allow_public_answers = from.allow_public_answers;
  out.trust_unvalidated = from.trust_unvalidated;
  const bool inside = from.visibility == Visibility::private_view;
  out.stale_max_age = from.stale.value_or(inside ? config.stale_private : config.stale_public);
  out.last_good = from.last_good;
  out.shares_all = from.share;
  return out;
}

/// What the built-in private routes have in common: the cloud-class upstreams of the `.` route.
Route private_pattern(const std::vector<Route>& routes, const Config& config,
                      const Snapshot& snapshot) {
  Route out;
  out.visibility = Visibility::private_view;
  out.min_usable = static_cast<unsigned>(config.policy.min_usable);
  out.race_width = static_cast<unsigned>(config.policy.race_width);
  out.stale_max_age = config.stale_private;
  out.builtin = true;
  Tier cloud;
  for (const Route& route : routes) {
    if (!route.zone.is_root()) continue;
    for (const Tier& tier : route.tiers) {
      for (const UpstreamId id : tier) {
        if (snapshot.upstream(id).upstream_class == UpstreamClass::cloud) cloud.push_back(id);
      }
    }
  }
  if (!cloud.empty()) out.tiers.push_back(std::move(cloud));
  return out;
}

void build_upstreams(const Config& config, const Snapshot* previous, Snapshot& out) {
  std::vector<Upstream> upstreams;
  for (const UpstreamConfig& from : config.upstreams) {
    upstreams.push_back(make_upstream(from, config));
    upstreams.back().provider = provider_id(from.provider, out.providers);
  }
  UpstreamIds ids(previous, out.generation);
  out.upstreams = ids.place(std::move(upstreams));
  out.retired = ids.take_retired();
}

void build_routes(const Config& config, Snapshot& out) {
  IdByName ids;
  for (const auto& upstream : out.upstreams) {
    if (upstream != nullptr) ids.emplace(upstream->name, upstream->id);
  }
  std::vector<Route> routes;
  for (const RouteConfig& from : config.routes)
    routes.push_back(make_route(from, config, ids));
  add_private_routes(routes, private_pattern(routes, config, out));
  out.routes = RouteTable(std::move(routes));
}

}  // namespace

SnapshotPtr build_snapshot(const Config& config, const SnapshotPtr& previous) {
  auto out = std::make_shared<Snapshot>();
  out->generation = previous == nullptr ? 1 : previous->generation + 1;
  out->policy = config.policy;
  out->acl = config.admitted();
  for (const HostConfig& host : config.hosts)
    out->hosts.push_back({host.name, host.addresses});
  out->limits = config.limits;
  out->ttl = config.ttl;
  build_upstreams(config, previous.get(), *out);
  build_routes(config, *out);
  return out;
}

}  // namespace holdfast
