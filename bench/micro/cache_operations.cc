// The cache: the whole of a hit, a miss, insert, replace, evict. Sizes are numbers of names held.
#include <memory>

#include "cache/cache.h"
#include "dns/query_view.h"
#include "dns/ttl.h"
#include "operation.h"
#include "samples.h"

namespace holdfast::micro {
namespace {

constexpr std::size_t kRoomy = std::size_t{1} << 30U;
constexpr std::uint64_t kSeed = 42;
const TimePoint kNow = TimePoint{} + 1h;

/// Answers ready to be stored, from hFIRST.benchzone.com on.
class Answers {
 public:
  Answers(unsigned first, std::size_t count) {
    for (unsigned number = first; number < first + count; ++number) {
      messages_.push_back(sample_answer(number));
      names_.push_back(sample_name(number));
    }
    for (std::size_t i = 0; i < count; ++i) {
      normalised_.push_back(sample_normalised(messages_[i], names_[i]));
    }
  }

  [[nodiscard]] std::size_t size() const { return names_.size(); }

  void store(Cache& cache, std::size_t i) const {
    cache.insert({names_[i].wire(), dns::RrType::a, dns::RrClass::in}, normalised_[i], {}, 300s,
                 kNow);
  }

 private:
  std::vector<std::vector<std::uint8_t>> messages_;
  std::vector<dns::Name> names_;
  std::vector<dns::NormalisedAnswer> normalised_;
};

std::shared_ptr<Cache> cache_holding(std::size_t names) {
  auto cache = std::make_shared<Cache>(kRoomy, kSeed);
  for (unsigned i = 0; i < names; ++i)
    Answers(i, 1).store(*cache, 0);
  return cache;
}

/// Queries in an order that no prefetcher guesses.
std::vector<std::vector<std::uint8_t>> shuffled_queries(std::size_t names, std::size_t first = 0) {
  std::vector<std::vector<std::uint8_t>> queries;
  constexpr std::size_t kAsked = 1U << 16U;
  for (std::size_t i = 0; i < std::min(names, kAsked); ++i) {
    queries.push_back(sample_query(static_cast<unsigned>(first + i * 2654435761U % names)));
  }
  return queries;
}

CacheKey key_of(const dns::QueryView& query) {
  return {query.name, query.type, query.rr_class, query.dnssec_ok(), false};
}

/// From a datagram to a reply: parse, find, copy, patch.
auto cache_hit(std::size_t names) {
  return [cache = cache_holding(names), queries = shuffled_queries(names),
          next = std::size_t{0}](std::size_t times) mutable {
    std::array<std::uint8_t, 2048> buffer{};
    for (std::size_t i = 0; i < times; ++i) {
      const auto query = dns::QueryView::parse(queries[next++ % queries.size()]);
      const auto target = dns::reply_target(query, false);
      auto reply = [&](const CachedAnswer& answer) {
        const auto written = dns::write_stored_reply(target, {}, answer.message, buffer);
        dns::age_ttls({buffer.data(), written.size()}, answer.ttl_offsets, answer.age);
      };
      keep(cache->find(key_of(query), kNow + 2s, reply));
    }
  };
}

/// Parses a query and finds nothing.
auto cache_miss(std::size_t names) {
  return [cache = cache_holding(names), queries = shuffled_queries(names, names),
          next = std::size_t{0}](std::size_t times) mutable {
    for (std::size_t i = 0; i < times; ++i) {
      const auto query = dns::QueryView::parse(queries[next++ % queries.size()]);
      keep(cache->find(key_of(query), kNow, [](const CachedAnswer&) {}));
    }
  };
}

/// New names into a cache with room. It starts anew when all are in, so the growing of the index
/// is part of it, and so is the freeing.
auto cache_insert(std::size_t names) {
  auto cache = std::make_shared<std::unique_ptr<Cache>>();
  auto answers = std::make_shared<Answers>(0, names);
  return [cache, answers, next = std::size_t{0}](std::size_t times) mutable {
    for (std::size_t i = 0; i < times; ++i) {
      if (next % answers->size() == 0) *cache = std::make_unique<Cache>(kRoomy, kSeed);
      answers->store(**cache, next++ % answers->size());
    }
  };
}

/// The same name again and again.
Rounds cache_replace() {
  auto cache = std::make_shared<Cache>(kRoomy, kSeed);
  auto answers = std::make_shared<Answers>(1, 1);
  return [cache, answers](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      answers->store(*cache, 0);
  };
}

/// New names into a full cache, so that each insert evicts.
auto cache_evict(std::size_t names) {
  constexpr std::size_t kBytesPerName = 128;  // about
  auto cache = std::make_shared<Cache>(names * kBytesPerName, kSeed);
  // Twice what fits: when a name comes again it was evicted long ago and is forgotten.
  auto answers = std::make_shared<Answers>(0, 2 * names);
  for (std::size_t i = 0; i < answers->size(); ++i)
    answers->store(*cache, i);
  return [cache, answers, next = std::size_t{0}](std::size_t times) mutable {
    for (std::size_t i = 0; i < times; ++i)
      answers->store(*cache, next++ % answers->size());
  };
}

}  // namespace

void add_cache(Operations& to) {
  add_sizes(to, "cache_hit", {1000, 10000, 100000, 1000000}, cache_hit);
  add_sizes(to, "cache_miss", {10000, 1000000}, cache_miss);
  add_sizes(to, "cache_insert", {10000}, cache_insert);
  to.push_back({"cache_replace", cache_replace});
  add_sizes(to, "cache_evict", {10000, 100000}, cache_evict);
}

}  // namespace holdfast::micro
