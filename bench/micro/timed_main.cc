// micro: how long each operation takes, by Google Benchmark.
#include <benchmark/benchmark.h>

#include "operation.h"

namespace {

/// Rounds at a time: the call through std::function must not weigh on the shortest of them.
constexpr benchmark::IterationCount kBatch = 256;

void time_rounds(benchmark::State& state, const holdfast::micro::Operation& operation) {
  const auto rounds = operation.prepare();
  while (state.KeepRunningBatch(kBatch))
    rounds(kBatch);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  auto operations = holdfast::micro::all_operations();
  holdfast::micro::add_ens(operations);
  for (const auto& operation : operations) {
    benchmark::RegisterBenchmark(operation.name.c_str(), time_rounds, operation);
  }
  benchmark::RunSpecifiedBenchmarks();
}
