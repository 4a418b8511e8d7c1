// Finding the route of a name among few and many.
#include <benchmark/benchmark.h>

#include "route/route_table.h"
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

}  // namespace
}  // namespace holdfast::micro
