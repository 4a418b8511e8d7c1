// Several threads at one cache: what is read is always a whole answer to the question asked. Run
// under ThreadSanitizer this also proves the locking.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "answers.h"

namespace holdfast::test {
namespace {

constexpr unsigned kThreads = 4;
constexpr int kSteps = 15000;

/// Few names, little room: threads meet at the same slots while these are replaced and evicted.
void work(Cache& cache, unsigned seed, std::atomic<unsigned>& torn) {
  Dice dice(seed);
  for (int step = 0; step < kSteps; ++step) {
    const unsigned number = dice.below(64);
    const Asked asked("n" + std::to_string(number) + ".example");
    const TimePoint now = kStart + step * 1ms;
    auto check = [&](const CachedAnswer& answer) {
      const auto view = dns::MessageView::parse(answer.message);
      const bool whole = view.ok() && view.question().name == asked.name;
      // Every record of an answer ends in the same octet: the number of its name.
      if (!whole || answer.message.back() != number) ++torn;
    };
    const unsigned draw = dice.below(100);
    if (draw < 60) {
      (void)cache.find(asked.key(), now, check);
    } else if (draw < 70) {
      (void)cache.find_stale(asked.key(), now, 1h, check);
    } else if (draw < 98) {
      const auto kind = static_cast<dns::AnswerKind>(dice.below(3));
      Answer answer(asked, kind, 1, 1 + dice.below(1000));
      cache.insert(asked.key(), answer.marked(static_cast<std::uint8_t>(number)).normalised, {},
                   (1 + dice.below(50)) * 1ms, now);
    } else if (draw == 98) {
      (void)cache.flush_name(asked.name);
    } else {
      (void)cache.stats();
    }
  }
}

TEST(CacheThreads, find_insert_evict_and_flush_at_once) {
  Cache cache(32 * 1024, 5);  // one shard, about sixty answers
  std::atomic<unsigned> torn{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([&cache, &torn, i] { work(cache, i, torn); });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(torn, 0U);
  const CacheStats stats = cache.stats();
  EXPECT_GT(stats.evictions, 0U);
  EXPECT_LE(stats.bytes, cache.max_bytes());
}

}  // namespace
}  // namespace holdfast::test
