// Messages: parse, hash, compare, age, write.
#include <benchmark/benchmark.h>

#include "dns/message_view.h"
#include "dns/query_view.h"
#include "dns/ttl.h"
#include "samples.h"

namespace holdfast::micro {
namespace {

void parse_query(benchmark::State& state) {
  const auto query = sample_query(123456);
  for (auto _ : state)
    benchmark::DoNotOptimize(dns::QueryView::parse(query));
}

BENCHMARK(parse_query);

void parse_reply(benchmark::State& state) {
  const auto answer = sample_answer(123456);
  for (auto _ : state)
    benchmark::DoNotOptimize(dns::MessageView::parse(answer));
}

BENCHMARK(parse_reply);

void normalise_reply(benchmark::State& state) {
  const auto answer = sample_answer(123456);
  std::vector<std::uint8_t> buffer(65535);
  for (auto _ : state) {
    benchmark::DoNotOptimize(dns::normalise(dns::MessageView::parse(answer), false, buffer));
  }
}

BENCHMARK(normalise_reply);

void hash_name(benchmark::State& state) {
  const dns::Name name = sample_name(123456);
  for (auto _ : state)
    benchmark::DoNotOptimize(dns::hash_name(name.wire(), 42));
}

BENCHMARK(hash_name);

void compare_names(benchmark::State& state) {
  const dns::Name name = sample_name(123456);
  const dns::Name other = dns::Name::parse("H123456.BenchZone.com").value();
  for (auto _ : state)
    benchmark::DoNotOptimize(dns::equal_names(name.wire(), other.wire()));
}

BENCHMARK(compare_names);

void age_ttls(benchmark::State& state) {
  auto answer = sample_answer(123456);
  const std::vector<std::uint16_t> offsets{static_cast<std::uint16_t>(answer.size() - 10)};
  for (auto _ : state) {
    dns::age_ttls(answer, offsets, 0);
    benchmark::ClobberMemory();
  }
}

BENCHMARK(age_ttls);

void write_stored_reply(benchmark::State& state) {
  const auto query = sample_query(123456);
  const auto answer = sample_answer(123456);
  const auto target = dns::reply_target(dns::QueryView::parse(query), false);
  std::array<std::uint8_t, 2048> buffer{};
  for (auto _ : state) {
    benchmark::DoNotOptimize(dns::write_stored_reply(target, {}, answer, buffer));
  }
}

BENCHMARK(write_stored_reply);

}  // namespace
}  // namespace holdfast::micro
