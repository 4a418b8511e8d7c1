// The cache: find, the whole of a hit, insert, replace, evict. Arguments are numbers of names held.
#include <benchmark/benchmark.h>

#include "cache/cache.h"
#include "dns/query_view.h"
#include "dns/ttl.h"
#include "samples.h"

namespace holdfast::micro {
namespace {

constexpr std::size_t kRoomy = std::size_t{1} << 30U;
const TimePoint kNow = TimePoint{} + 1h;

void store(Cache& cache, unsigned number) {
  const auto wire = sample_answer(number);
  const auto answer = sample_normalised(wire, sample_name(number));
  cache.insert({answer.last_name.wire(), dns::RrType::a, dns::RrClass::in}, answer, {}, 300s, kNow);
}

void fill(Cache& cache, unsigned names) {
  for (unsigned i = 0; i < names; ++i)
    store(cache, i);
}

/// Queries in an order that no prefetcher guesses.
std::vector<std::vector<std::uint8_t>> shuffled_queries(unsigned names, unsigned first = 0) {
  std::vector<std::vector<std::uint8_t>> queries;
  constexpr unsigned kAsked = 1U << 16U;
  for (unsigned i = 0; i < kAsked; ++i) {
    queries.push_back(sample_query(first + i * 2654435761U % names));
  }
  return queries;
}

CacheKey key_of(const dns::QueryView& query) {
  return {query.name, query.type, query.rr_class, query.dnssec_ok(), false};
}

/// From a datagram to a reply: parse, find, copy, patch.
void hit(benchmark::State& state) {
  const auto names = static_cast<unsigned>(state.range(0));
  Cache cache(kRoomy, 42);
  fill(cache, names);
  const auto queries = shuffled_queries(names);
  std::array<std::uint8_t, 2048> buffer{};
  std::size_t next = 0;
  for (auto _ : state) {
    const auto query = dns::QueryView::parse(queries[next++ % queries.size()]);
    const auto target = dns::reply_target(query, false);
    auto reply = [&](const CachedAnswer& answer) {
      const auto written = dns::write_stored_reply(target, {}, answer.message, buffer);
      dns::age_ttls({buffer.data(), written.size()}, answer.ttl_offsets, answer.age);
    };
    benchmark::DoNotOptimize(cache.find(key_of(query), kNow + 2s, reply));
    benchmark::ClobberMemory();
  }
  state.counters["bytes_per_name"] = static_cast<double>(cache.stats().bytes) / names;
}

BENCHMARK(hit)->Arg(1000)->Arg(10000)->Arg(100000)->Arg(1000000);

void find_absent(benchmark::State& state) {
  const auto names = static_cast<unsigned>(state.range(0));
  Cache cache(kRoomy, 42);
  fill(cache, names);
  const auto queries = shuffled_queries(names, names);
  std::size_t next = 0;
  for (auto _ : state) {
    const auto query = dns::QueryView::parse(queries[next++ % queries.size()]);
    benchmark::DoNotOptimize(cache.find(key_of(query), kNow, [](const CachedAnswer&) {}));
  }
}

BENCHMARK(find_absent)->Arg(10000)->Arg(1000000);

/// Stores the same name again and again.
void replace(benchmark::State& state) {
  Cache cache(kRoomy, 42);
  const auto wire = sample_answer(1);
  const auto answer = sample_normalised(wire, sample_name(1));
  const CacheKey key{answer.last_name.wire(), dns::RrType::a, dns::RrClass::in};
  for (auto _ : state)
    cache.insert(key, answer, {}, 300s, kNow);
}

BENCHMARK(replace);

/// Stores new names into a full cache, so that each insert evicts.
void insert_and_evict(benchmark::State& state) {
  Cache cache(std::size_t{13} << 20U, 42);
  fill(cache, 200000);
  std::vector<std::vector<std::uint8_t>> answers;
  std::vector<dns::Name> names;
  for (unsigned i = 0; i < 1U << 18U; ++i) {
    answers.push_back(sample_answer(1000000 + i));
    names.push_back(sample_name(1000000 + i));
  }
  std::size_t next = 0;
  for (auto _ : state) {
    const std::size_t i = next++ % names.size();
    const auto answer = sample_normalised(answers[i], names[i]);
    cache.insert({names[i].wire(), dns::RrType::a, dns::RrClass::in}, answer, {}, 300s, kNow);
  }
}

BENCHMARK(insert_and_evict);

}  // namespace
}  // namespace holdfast::micro
