// The size of the cache: never above max_bytes, honest; one allocation to store, none to find.
#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "allocations.h"
#include "answers.h"

namespace holdfast::test {
namespace {

using dns::AnswerKind;

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;

Asked numbered(unsigned number) {
  return Asked("h" + std::to_string(number) + ".benchzone.com");
}

class CacheBound : public testing::TestWithParam<std::size_t> {};

TEST_P(CacheBound, holds_under_random_inserts_of_any_size) {
  const std::size_t max_bytes = GetParam();
  constexpr unsigned kSeed = 20121022;
  Dice dice(kSeed);
  Cache cache(max_bytes, kSeed);
  for (int step = 0; step < 3000; ++step) {
    const Asked asked = numbered(dice.below(2000));
    const auto kind = static_cast<AnswerKind>(dice.below(3));
    // Mostly small, some of some KiB, seldom near the largest message.
    const unsigned draw = dice.below(100);
    const std::size_t rdata = draw < 80 ? 4 : draw < 98 ? dice.below(4000) : dice.below(65000);
    const Answer answer(asked, kind, 1, rdata);
    cache.insert(asked.key(), answer.normalised, {}, 60s, kStart + step * 1ms);
    if (step % 16 != 0) continue;
    ASSERT_LE(cache.stats().bytes, max_bytes) << "step " << step;
  }
  const CacheStats stats = cache.stats();
  EXPECT_LE(stats.bytes, max_bytes);
  const bool has_room = max_bytes >= 4 * kKiB;
  EXPECT_TRUE(!has_room || stats.bytes > max_bytes / 2) << "room is used: " << stats.bytes;
  EXPECT_EQ(cache.max_bytes(), max_bytes);
}

INSTANTIATE_TEST_SUITE_P(Bytes, CacheBound,
                         testing::Values(0, 1, 500, 4 * kKiB, 100 * kKiB, 512 * kKiB,
                                         1 * kMiB + 12345, 3 * kMiB));

TEST(CacheSize, a_cache_without_room_holds_nothing) {
  Cache cache(0, 1);
  const Asked asked = numbered(1);
  cache.insert(asked.key(), Answer(asked, AnswerKind::positive).normalised, {}, 60s, kStart);
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_EQ(cache.stats().bytes, 0U);
}

TEST(CacheSize, an_answer_of_more_than_a_quarter_of_a_shard_is_not_stored) {
  Cache cache(64 * kKiB, 1);  // one shard
  const Asked asked = numbered(1);
  cache.insert(asked.key(), Answer(asked, AnswerKind::positive, 1, 17 * kKiB).normalised, {}, 60s,
               kStart);
  EXPECT_EQ(cache.stats().entries, 0U);
  cache.insert(asked.key(), Answer(asked, AnswerKind::positive, 1, 15 * kKiB).normalised, {}, 60s,
               kStart);
  EXPECT_EQ(cache.stats().entries, 1U);
}

TEST(CacheSize, flushing_everything_gives_the_bytes_back) {
  Cache cache(256 * kKiB, 1);
  std::size_t left = 0;  // the index
  for (int round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < 5000; ++i) {
      const Asked asked = numbered(i);
      cache.insert(asked.key(), Answer(asked, AnswerKind::positive).normalised, {}, 60s, kStart);
    }
    const CacheStats full = cache.stats();
    EXPECT_GT(full.evictions, 0U);
    EXPECT_EQ(cache.flush_zone(dns::Name()), full.entries);
    if (round == 0) left = cache.stats().bytes;
    EXPECT_LE(left, full.entries * 21);
    EXPECT_EQ(cache.stats().bytes, left);
  }
}

TEST(CacheSize, a_small_answer_costs_little_more_than_its_message) {
  Cache cache(4 * kMiB, 1);
  constexpr unsigned kNames = 8000;
  std::size_t message_bytes = 0;
  for (unsigned i = 0; i < kNames; ++i) {
    const Asked asked = numbered(100000 + i);
    const Answer answer(asked, AnswerKind::positive);
    message_bytes += answer.wire.size();
    cache.insert(asked.key(), answer.normalised, {}, 60s, kStart);
  }
  ASSERT_EQ(cache.stats().entries, kNames);
  EXPECT_LE(cache.stats().bytes, message_bytes + kNames * 80);
  EXPECT_LE(cache.stats().bytes, kNames * 140);
}

TEST(CacheAllocation, storing_allocates_once_and_finding_never) {
  Cache cache(64 * kMiB, 1);
  const Asked positive = numbered(1);
  const Asked negative = numbered(2);
  const Asked absent = numbered(3);
  const Answer yes(positive, AnswerKind::positive);
  const Answer no(negative, AnswerKind::nxdomain);
  cache.insert(positive.key(), yes.normalised, {}, 60s, kStart);
  cache.insert(negative.key(), no.normalised, {}, 60s, kStart);

  std::size_t before = allocations();
  cache.insert(positive.key(), yes.normalised, {}, 60s, kStart);
  EXPECT_EQ(allocations() - before, 1U);

  std::array<std::uint8_t, 512> buffer{};
  std::size_t copied = 0;
  auto copy = [&](const CachedAnswer& answer) {
    std::copy(answer.message.begin(), answer.message.end(), buffer.begin());
    copied += answer.message.size();
  };
  before = allocations();
  for (const Duration after : {1s, 2s, 3600s}) {
    (void)cache.find(positive.key(), kStart + after, copy);
    (void)cache.find(negative.key(), kStart + after, copy);
    (void)cache.find(absent.key(), kStart + after, copy);
    (void)cache.find_stale(positive.key(), kStart + after, 24h, copy);
  }
  EXPECT_EQ(allocations() - before, 0U);
  EXPECT_EQ(copied, 5 * yes.wire.size() + 2 * no.wire.size());
}

}  // namespace
}  // namespace holdfast::test
