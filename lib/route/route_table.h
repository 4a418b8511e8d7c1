// RouteTable: which Route a name takes, by longest suffix. Immutable once built.
#pragma once

#include <cstdint>
#include <vector>

#include "dns/name.h"
#include "route/route.h"

namespace holdfast {

class RouteTable {
 public:
  RouteTable();
  /// Zones must be distinct. Ids of routes are their positions.
  explicit RouteTable(std::vector<Route> routes);

  /// The route with the longest zone that is the name or above it; nullptr if none is (no `.`
  /// route). `name` is an uncompressed wire name in any case. No allocation.
  [[nodiscard]] const Route* find(dns::Bytes name) const noexcept;

  [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

  [[nodiscard]] std::size_t position(const Route& route) const noexcept {
    return static_cast<std::size_t>(&route - routes_.data());
  }

 private:
  /// The route of that very zone.
  [[nodiscard]] const Route* find_zone(dns::Bytes zone) const noexcept;

  static constexpr std::uint32_t kFree = 0xffffffff;

  struct Bucket {
    std::uint64_t hash = 0;
    std::uint32_t route = kFree;
  };

  std::vector<Route> routes_;
  std::vector<Bucket> buckets_;     // open addressing, power of two
  std::uint64_t label_counts_ = 0;  // bit n: some zone has n labels (63 and more share a bit)
  std::uint32_t root_ = kFree;      // the route of "."
};

}  // namespace holdfast
