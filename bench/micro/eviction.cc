// micro_eviction: hit ratios of the cache and of policies of the literature over one trace. The
// names follow Zipf's law; in two traces a fifth of the queries is for names that are asked once.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <random>

#include "cache/cache.h"
#include "policies.h"
#include "samples.h"

namespace holdfast::micro {
namespace {

constexpr std::size_t kNames = 1'000'000;
constexpr double kExponent = 1.0;
constexpr std::size_t kEntries = 100'000;
/// The first half fills and settles, the second is counted. SIEVE settles slowly: its hand needs
/// many misses for one round.
constexpr std::size_t kQueries = 30'000'000;
constexpr std::size_t kOneTimeEvery = 5;
constexpr std::size_t kScan = 100'000;  // names of a scan that comes all at once
constexpr std::uint64_t kSeed = 42;
const TimePoint kNow = TimePoint{} + 1h;

enum class OneTimeNames { none, mixed_in, in_runs };

using Trace = std::vector<NameNumber>;

bool is_one_time(OneTimeNames how, std::size_t query) {
  if (how == OneTimeNames::mixed_in) return query % kOneTimeEvery == 0;
  return how == OneTimeNames::in_runs && query / kScan % kOneTimeEvery == 0;
}

/// Names below kNames by popularity; from kNames on those that are asked once.
Trace make_trace(OneTimeNames how) {
  std::vector<double> up_to(kNames);
  double sum = 0;
  for (std::size_t i = 0; i < kNames; ++i)
    up_to[i] = sum += std::pow(static_cast<double>(i + 1), -kExponent);
  std::mt19937_64 random(kSeed);
  NameNumber one_time = kNames;
  Trace trace;
  trace.reserve(kQueries);
  for (std::size_t query = 0; query < kQueries; ++query) {
    if (is_one_time(how, query)) {
      trace.push_back(one_time++);
      continue;
    }
    const double at = static_cast<double>(random() >> 11U) * 0x1p-53 * sum;
    const auto name = std::distance(up_to.begin(), std::ranges::upper_bound(up_to, at));
    trace.push_back(std::min<NameNumber>(static_cast<NameNumber>(name), kNames - 1));
  }
  return trace;
}

/// The real cache, asked as a resolver asks it.
class RealCache {
 public:
  explicit RealCache(std::size_t bytes) : cache_(bytes, kSeed) {}

  bool ask(NameNumber number) {
    const unsigned padded = 10'000'000 + number;  // all names of one length
    const dns::Name name = sample_name(padded);
    const CacheKey key{name.wire(), dns::RrType::a, dns::RrClass::in};
    const auto found = cache_.find(key, kNow, [](const CachedAnswer&) {});
    if (found.freshness == Freshness::fresh) return true;
    const auto message = sample_answer(padded);
    cache_.insert(key, sample_normalised(message, name), {}, 300s, kNow);
    return false;
  }

  [[nodiscard]] std::size_t entries() const { return cache_.stats().entries; }

 private:
  Cache cache_;
};

/// The bytes by which the cache holds kEntries answers.
std::size_t bytes_for_entries() {
  std::size_t least = kEntries * 64;
  std::size_t most = kEntries * 256;
  while (most - least > kEntries / 10) {
    const std::size_t bytes = (least + most) / 2;
    RealCache cache(bytes);
    for (NameNumber i = 0; i < kEntries * 3 / 2; ++i)
      cache.ask(i);
    (cache.entries() < kEntries ? least : most) = bytes;
  }
  return least;
}

/// Holds what is most popular and nothing else: on such traces nothing that cannot see the future
/// does better.
struct AllKnowing {
  static bool ask(NameNumber name) { return name < kEntries; }
};

/// Of the counted queries for names that come again, how many percent are hits.
template <typename Policy>
double hit_ratio(Policy& policy, const Trace& trace) {
  std::size_t asked = 0;
  std::size_t hits = 0;
  for (std::size_t query = 0; query < trace.size(); ++query) {
    const bool hit = policy.ask(trace[query]);
    if (query < trace.size() / 2 || trace[query] >= kNames) continue;
    ++asked;
    hits += hit ? 1 : 0;
  }
  return 100.0 * static_cast<double>(hits) / static_cast<double>(asked);
}

/// A line of the table: a new policy for each trace, made of `arguments`.
template <typename Policy, typename... Arguments>
void print_row(const char* name, const std::vector<Trace>& traces, Arguments... arguments) {
  std::printf("|%s", name);
  for (const Trace& trace : traces) {
    Policy policy{arguments...};
    std::printf("|%.2f", hit_ratio(policy, trace));
    if constexpr (requires { policy.entries(); }) {
      std::fprintf(stderr, "the cache holds %zu answers\n", policy.entries());
    }
  }
  std::puts("|");
}

void print_table() {
  const std::vector<Trace> traces{make_trace(OneTimeNames::none),
                                  make_trace(OneTimeNames::mixed_in),
                                  make_trace(OneTimeNames::in_runs)};
  constexpr std::size_t kAllNames = kNames + kQueries / kOneTimeEvery;
  std::puts(
      "|policy|Zipf|and 20 % asked once|and 20 % asked once, in runs of 100,000|\n"
      "|---|---:|---:|---:|");
  print_row<Fifo>("FIFO", traces, kEntries, kAllNames);
  print_row<Lru>("LRU", traces, kEntries, kAllNames);
  print_row<Sieve<1>>("SIEVE", traces, kEntries, kAllNames);
  print_row<Sieve<3>>("SIEVE, three marks", traces, kEntries, kAllNames);
  print_row<RealCache>("holdfast: and a mark for what comes back", traces, bytes_for_entries());
  print_row<AllKnowing>("the most popular, known beforehand", traces);
}

}  // namespace
}  // namespace holdfast::micro

int main() {
  holdfast::micro::print_table();
}
