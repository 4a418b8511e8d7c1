// Configs made in code, and looking things up in the Snapshots they become.
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "control/build_snapshot.h"

namespace holdfast::test {

inline UpstreamConfig upstream(std::string name, UpstreamClass upstream_class, std::string provider,
                               const std::string& endpoint) {
  UpstreamConfig out;
  out.name = std::move(name);
  out.upstream_class = upstream_class;
  out.provider = std::move(provider);
  out.endpoints = {parse_endpoint(endpoint, 53).value()};
  return out;
}

inline RouteConfig route(const std::string& zone, std::vector<std::vector<std::string>> tiers,
                         Visibility visibility = Visibility::public_view) {
  RouteConfig out;
  out.zone = dns::Name::parse(zone).value();
  out.label = zone;
  out.tiers = std::move(tiers);
  out.visibility = visibility;
  return out;
}

/// vpc (cloud, aws) before alpha (external, alpha), for all names.
inline Config two_providers() {
  Config config;
  config.upstreams = {upstream("vpc", UpstreamClass::cloud, "aws", "192.0.2.1:53"),
                      upstream("alpha", UpstreamClass::external, "alpha", "192.0.2.2:53")};
  config.routes = {route(".", {{"vpc"}, {"alpha"}})};
  return config;
}

/// The route a name takes. Precondition: there is one.
inline const Route& find(const Snapshot& snapshot, const std::string& name) {
  return *snapshot.routes.find(dns::Name::parse(name).value().wire());
}

/// Precondition: there is one of that name.
inline const Upstream& find_upstream(const Snapshot& snapshot, const std::string& name) {
  for (const auto& upstream : snapshot.upstreams) {
    if (upstream != nullptr && upstream->name == name) return *upstream;
  }
  std::abort();
}

}  // namespace holdfast::test
