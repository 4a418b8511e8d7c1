// What eviction is worth: hit ratios on Zipf traces, against the best possible and against LRU.
#include <cmath>
#include <list>
#include <random>
#include <unordered_map>

#include <gtest/gtest.h>

#include "answers.h"

namespace holdfast::test {
namespace {

/// Ranks with probability 1/rank (Zipf, exponent 1), by inversion of the cumulative sum.
class Zipf {
 public:
  Zipf(unsigned names, std::uint64_t seed) : random_(seed), cumulative_(names) {
    double sum = 0;
    for (unsigned i = 0; i < names; ++i)
      cumulative_[i] = sum += 1.0 / (i + 1);
  }

  unsigned next() {
    const double drawn = std::uniform_real_distribution<double>(0, cumulative_.back())(random_);
    return static_cast<unsigned>(std::lower_bound(cumulative_.begin(), cumulative_.end(), drawn) -
                                 cumulative_.begin());
  }

  /// The hit ratio of a cache that always holds the `room` most popular names.
  [[nodiscard]] double best(unsigned room) const {
    return cumulative_[room - 1] / cumulative_.back();
  }

 private:
  std::mt19937_64 random_;
  std::vector<double> cumulative_;
};

/// The rival, counted in entries.
class Lru {
 public:
  explicit Lru(std::size_t room) : room_(room) {}

  bool ask(unsigned name) {
    const auto held = where_.find(name);
    if (held != where_.end()) {
      order_.splice(order_.begin(), order_, held->second);
      return true;
    }
    order_.push_front(name);
    where_[name] = order_.begin();
    if (order_.size() > room_) {
      where_.erase(order_.back());
      order_.pop_back();
    }
    return false;
  }

 private:
  std::size_t room_;
  std::list<unsigned> order_;
  std::unordered_map<unsigned, std::list<unsigned>::iterator> where_;
};

/// Asks the cache for a numbered name; stores it on a miss. True: it was a hit. Messages differ by
/// a number of fixed width, so that all answers cost the same.
class Client {
 public:
  explicit Client(std::size_t max_bytes) : cache_(max_bytes, 99) {}

  bool ask(unsigned number) {
    const std::string text = std::to_string(1000000 + number);
    std::copy(text.begin(), text.end(), wire_.begin() + 13);
    const dns::Bytes wire_name(wire_.data() + 12, asked_.name.wire().size());
    const CacheKey key{wire_name, dns::RrType::a, dns::RrClass::in};
    if (cache_.find(key, kStart, [](const CachedAnswer&) {}).freshness == Freshness::fresh) {
      return true;
    }
    answer_.normalised.message = wire_;
    cache_.insert(key, answer_.normalised, {}, 24h, kStart);
    return false;
  }

  [[nodiscard]] CacheStats stats() const { return cache_.stats(); }

 private:
  Asked asked_{"0000000.benchzone.com"};
  Answer answer_{asked_, dns::AnswerKind::positive};
  std::vector<std::uint8_t> wire_ = answer_.wire;
  Cache cache_;
};

constexpr unsigned kNames = 10000;
constexpr int kWarmUp = 60000;
constexpr int kMeasured = 60000;
// Room for about a tenth of the names.
constexpr std::size_t kBytes = std::size_t{128} * 1024;

TEST(Sieve, comes_close_to_the_best_on_a_zipf_trace_and_beats_lru) {
  Zipf zipf(kNames, 1);
  Client client(kBytes);
  Lru lru(0);
  unsigned hits = 0;
  unsigned lru_hits = 0;
  unsigned room = 0;
  for (int i = 0; i < kWarmUp + kMeasured; ++i) {
    if (i == kWarmUp / 2) {  // by now the cache is full and says how many it holds
      room = static_cast<unsigned>(client.stats().entries);
      lru = Lru(room);
    }
    const unsigned name = zipf.next();
    const bool hit = client.ask(name);
    const bool lru_hit = room > 0 && lru.ask(name);
    if (i < kWarmUp) continue;
    hits += hit ? 1U : 0U;
    lru_hits += lru_hit ? 1U : 0U;
  }
  const double ratio = static_cast<double>(hits) / kMeasured;
  const double lru_ratio = static_cast<double>(lru_hits) / kMeasured;
  RecordProperty("sieve", std::to_string(ratio));
  RecordProperty("lru", std::to_string(lru_ratio));
  RecordProperty("room", std::to_string(room));
  ASSERT_GT(client.stats().evictions, 0U);
  // Of 1M names with room for 100k, 0.82 is 0.976 of the best possible.
  EXPECT_GE(ratio, 0.976 * zipf.best(room)) << "best " << zipf.best(room);
  EXPECT_GE(ratio, lru_ratio + 0.02);
}

TEST(Sieve, a_scan_of_names_asked_once_does_not_drive_out_the_popular) {
  Zipf zipf(kNames / 20, 2);
  Client client(kBytes);
  Lru lru(1000);
  for (int i = 0; i < 10000; ++i) {
    const unsigned name = zipf.next();
    client.ask(name);
    lru.ask(name);
  }
  unsigned scanned = kNames;
  unsigned asked = 0;
  unsigned hits = 0;
  unsigned lru_hits = 0;
  for (int i = 0; i < 20000; ++i) {
    client.ask(scanned);
    lru.ask(scanned++);
    if (i % 10 != 0) continue;
    const unsigned name = zipf.next();
    ++asked;
    hits += client.ask(name) ? 1U : 0U;
    lru_hits += lru.ask(name) ? 1U : 0U;
  }
  RecordProperty("sieve", std::to_string(hits));
  RecordProperty("lru", std::to_string(lru_hits));
  EXPECT_GE(hits, asked * 85 / 100);
  EXPECT_GT(hits, lru_hits + asked / 20);
}

}  // namespace
}  // namespace holdfast::test
