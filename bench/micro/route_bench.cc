// Finding the route of a name among few and many, and choosing among its upstreams.
#include <benchmark/benchmark.h>

#include "route/route_table.h"
#include "route/selector.h"
#include "samples.h"

namespace holdfast::micro {
namespace {

void find_route(benchmark::State& state) {
  std::vector<Route> routes(static_cast<std::size_t>(state.range(0)));
  for (std::size_t i = 1; i < routes.size(); ++i) {
    routes[i].zone = dns::Name::parse("zone" + std::to_string(i) + ".internal").value();
  }
  const RouteTable table(std::move(routes));
  const dns::Name name = sample_name(123456);
  for (auto _ : state)
    benchmark::DoNotOptimize(table.find(name.wire()));
}

BENCHMARK(find_route)->Arg(1)->Arg(10)->Arg(1000)->Arg(10000);

/// The same bits again and again: what is measured is the choice.
class FixedRandom final : public Random {
 public:
  std::uint32_t u32() noexcept override { return 0x9e3779b9; }
};

/// Argument: upstreams of the route, two to a tier.
void select_upstream(benchmark::State& state) {
  std::vector<Candidate> candidates(static_cast<std::size_t>(state.range(0)));
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].id = static_cast<UpstreamId>(i);
    candidates[i].provider = static_cast<ProviderId>(i);
    candidates[i].tier = static_cast<std::uint8_t>(i / 2);
  }
  FixedRandom random;
  const Selection selection;
  for (auto _ : state) {
    benchmark::DoNotOptimize(select_next(candidates, selection, random));
  }
}

BENCHMARK(select_upstream)->Arg(2)->Arg(8)->Arg(64);

}  // namespace
}  // namespace holdfast::micro
