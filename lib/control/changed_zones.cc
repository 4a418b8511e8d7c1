#include "control/changed_zones.h"

#include <algorithm>

namespace holdfast {
namespace {

const Route* find_zone(const Snapshot& snapshot, const dns::Name& zone) {
  const auto& routes = snapshot.routes.routes();
  const auto found = std::find_if(routes.begin(), routes.end(),
                                  [&zone](const Route& route) { return route.zone == zone; });
  return found == routes.end() ? nullptr : &*found;
}

/// Ids name servers over a reload, so equal tiers ask the same servers.
bool same_answers(const Route& a, const Route& b) {
  return a.visibility == b.visibility && a.tiers == b.tiers;
}

}  // namespace

std::vector<dns::Name> changed_zones(const Snapshot& now, const Snapshot& next) {
  std::vector<dns::Name> zones;
  for (const Route& route : next.routes.routes()) {
    const Route* before = find_zone(now, route.zone);
    if (before == nullptr || !same_answers(*before, route)) zones.push_back(route.zone);
  }
  for (const Route& route : now.routes.routes()) {
    if (find_zone(next, route.zone) == nullptr) zones.push_back(route.zone);
  }
  const auto root = std::find(zones.begin(), zones.end(), dns::Name());
  if (root != zones.end()) zones.assign(1, dns::Name());
  return zones;
}

}  // namespace holdfast
