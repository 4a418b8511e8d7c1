// Finding the route of a name among few and many, and choosing among its upstreams.
#include <memory>

#include "operation.h"
#include "route/route_table.h"
#include "route/selector.h"
#include "samples.h"

namespace holdfast::micro {
namespace {

/// The size: routes, one of them for everything.
auto find_route(std::size_t count) {
  std::vector<Route> routes(count);
  for (std::size_t i = 1; i < routes.size(); ++i) {
    routes[i].zone = dns::Name::parse("zone" + std::to_string(i) + ".internal").value();
  }
  auto table = std::make_shared<RouteTable>(std::move(routes));
  return [table, name = sample_name(123456)](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(table->find(name.wire()));
  };
}

/// The same bits again and again: what is measured is the choice.
class FixedRandom final : public Random {
 public:
  std::uint32_t u32() noexcept override { return 0x9e3779b9; }
};

/// The size: upstreams of the route, two to a tier.
auto select_next_among(std::size_t count) {
  std::vector<Candidate> candidates(count);
  for (std::size_t i = 0; i < count; ++i) {
    candidates[i].id = static_cast<UpstreamId>(i);
    candidates[i].provider = static_cast<ProviderId>(i);
    candidates[i].tier = static_cast<std::uint8_t>(i / 2);
  }
  return [candidates](std::size_t times) {
    FixedRandom random;
    const Selection selection;
    for (std::size_t i = 0; i < times; ++i)
      keep(select_next(candidates, selection, random));
  };
}

}  // namespace

void add_route(Operations& to) {
  add_sizes(to, "find_route", {1, 10, 1000, 10000}, find_route);
  add_sizes(to, "select_next", {2, 8, 64}, select_next_among);
}

}  // namespace holdfast::micro
