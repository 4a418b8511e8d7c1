#include "control/builtin_routes.h"

#include <algorithm>
#include <utility>

namespace holdfast {
namespace {

std::vector<std::string> list_zones() {
  std::vector<std::string> zones{"internal", "10.in-addr.arpa", "168.192.in-addr.arpa",
                                 "254.169.in-addr.arpa"};
  for (int i = 16; i <= 31; ++i)
    zones.push_back(std::to_string(i) + ".172.in-addr.arpa");
  for (int i = 64; i <= 127; ++i)
    zones.push_back(std::to_string(i) + ".100.in-addr.arpa");
  for (const char* head : {"c.f", "d.f", "8.e.f", "9.e.f", "a.e.f", "b.e.f"}) {
    zones.push_back(std::string(head) + ".ip6.arpa");
  }
  return zones;
}

}  // namespace

const std::vector<std::string>& private_zones() {
  static const std::vector<std::string> zones = list_zones();
  return zones;
}

void add_private_routes(std::vector<Route>& routes, const Route& pattern) {
  const std::size_t configured = routes.size();
  for (const std::string& zone : private_zones()) {
    Route route = pattern;
    route.zone = dns::Name::parse(zone).value();
    route.label = zone;
    const auto end = routes.begin() + static_cast<std::ptrdiff_t>(configured);
    const bool own = std::any_of(routes.begin(), end,
                                 [&route](const Route& other) { return other.zone == route.zone; });
    if (!own) routes.push_back(std::move(route));
  }
}

}  // namespace holdfast
