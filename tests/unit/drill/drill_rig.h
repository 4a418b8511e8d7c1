// A snapshot for drills: cloud (upstream 0, provider cloud) before alpha (1, alpha) for `.`, and
// cloud alone for the private corp.internal.
#pragma once

#include <memory>
#include <string>

#include "resolver/snapshot.h"

namespace holdfast::test {

inline constexpr UpstreamId kCloud{0};
inline constexpr UpstreamId kAlpha{1};

inline std::shared_ptr<const Upstream> drill_upstream(UpstreamId id, const std::string& name) {
  Upstream made;
  made.id = id;
  made.name = made.provider_name = name;
  made.provider = static_cast<ProviderId>(index(id));
  return std::make_shared<const Upstream>(made);
}

inline Route drill_route(const std::string& label, std::vector<Tier> tiers, Visibility visibility) {
  Route made;
  made.zone = dns::Name::parse(label).value();
  made.label = label;
  made.tiers = std::move(tiers);
  made.visibility = visibility;
  return made;
}

inline std::shared_ptr<Snapshot> drill_snapshot() {
  auto made = std::make_shared<Snapshot>();
  made->upstreams = {drill_upstream(kCloud, "cloud"), drill_upstream(kAlpha, "alpha")};
  made->providers = {"cloud", "alpha"};
  made->routes = RouteTable({drill_route(".", {{kCloud}, {kAlpha}}, Visibility::public_view),
                             drill_route("corp.internal", {{kCloud}}, Visibility::private_view)});
  return made;
}

}  // namespace holdfast::test
