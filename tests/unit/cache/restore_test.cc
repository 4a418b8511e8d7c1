// What another memory gives back joins what is held, as if it had been stored in its time.
#include <gtest/gtest.h>

#include "answers.h"

namespace holdfast::test {
namespace {

using dns::AnswerKind;

bool restore(Bench& bench, const Asked& asked, const Answer& answer, const Lifetime& times) {
  return bench.cache.restore(asked.key(), answer.normalised, {}, times);
}

TEST(CacheRestore, takes_the_rest_of_a_life) {
  Bench bench;
  const Asked asked("a.example");
  EXPECT_TRUE(restore(bench, asked, Answer(asked, AnswerKind::positive),
                      {kStart - 100s, kStart + 200s, kStart - 100s}));
  Seen seen;
  EXPECT_EQ(bench.find(asked, kStart, seen).freshness, Freshness::fresh);
  EXPECT_EQ(seen.age, 100U);
  EXPECT_EQ(seen.left, 200s);
  EXPECT_EQ(bench.freshness(asked, kStart + 200s), Freshness::stale);
}

TEST(CacheRestore, never_replaces_what_is_held) {
  Bench bench;
  const Asked asked("a.example");
  bench.put(asked, Answer(asked, AnswerKind::positive).marked(1), 60s, kStart);
  EXPECT_FALSE(restore(bench, asked, Answer(asked, AnswerKind::positive).marked(2),
                       {kStart - 10s, kStart + 600s, kStart - 10s}));
  EXPECT_FALSE(restore(bench, asked, Answer(asked, AnswerKind::nodata),
                       {kStart - 10s, kStart + 600s, kStart - 10s}));
  Seen seen;
  EXPECT_EQ(bench.find(asked, kStart, seen).freshness, Freshness::fresh);
  EXPECT_EQ(seen.mark(), 1U);
}

TEST(CacheRestore, order_does_not_matter) {
  const Asked asked("a.example");
  const Lifetime earlier{kStart - 100s, kStart + 500s, kStart - 100s};
  const Lifetime later{kStart - 50s, kStart + 500s, kStart - 50s};
  for (const AnswerKind negative : {AnswerKind::nodata, AnswerKind::nxdomain}) {
    for (const bool negative_first : {false, true}) {
      Bench gone;  // positive, then negative
      Bench back;  // negative, then positive
      for (const bool now_negative : {negative_first, !negative_first}) {
        const Answer answer(asked, now_negative ? negative : AnswerKind::positive);
        restore(gone, asked, answer, now_negative ? later : earlier);
        restore(back, asked, answer, now_negative ? earlier : later);
      }
      Seen seen;
      EXPECT_EQ(gone.find(asked, kStart, seen).freshness, Freshness::fresh);
      EXPECT_EQ(seen.kind, negative);
      EXPECT_EQ(gone.cache.stats().entries, 1U);
      EXPECT_EQ(back.find(asked, kStart, seen).freshness, Freshness::fresh);
      EXPECT_EQ(seen.kind, AnswerKind::positive);
      EXPECT_EQ(back.cache.stats().entries, 1U);
    }
  }
}

TEST(CacheRestore, what_came_first_leaves_last) {
  Cache cache(std::size_t{256} << 10U, 42);
  const auto asked = [](int i) { return Asked("h" + std::to_string(i) + ".example"); };
  int restored = 0;  // the newest first, until the cache is full
  while (cache.stats().evictions == 0) {
    const Asked one = asked(restored);
    const TimePoint stored = kStart - std::chrono::seconds(restored++);
    ASSERT_TRUE(cache.restore(one.key(), Answer(one, AnswerKind::positive).normalised, {},
                              {stored, stored + 24h, stored}));
  }
  for (int i = 0; i < restored / 2; ++i) {
    const Asked one("new" + std::to_string(i) + ".example");
    cache.insert(one.key(), Answer(one, AnswerKind::positive).normalised, {}, 24h, kStart);
  }
  int kept = 0;
  for (int i = 0; i < restored / 4; ++i)
    kept += cache.find(asked(i).key(), kStart, [](const CachedAnswer&) {}).freshness ==
            Freshness::fresh;
  EXPECT_EQ(kept, restored / 4);
}

TEST(CacheLastGood, is_the_positive_answer_of_the_type_however_old) {
  Bench bench;
  const Asked asked("a.example");
  EXPECT_FALSE(bench.cache.last_good(asked.key(), false));
  AnswerTags tags;
  tags.upstream_class = 1;
  bench.put(asked, Answer(asked, AnswerKind::positive), 60s, kStart, tags);
  const auto good = bench.cache.last_good(asked.key(), false);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->upstream_class, 1);
  EXPECT_EQ(good->expires, kStart + 60s);
  EXPECT_EQ(good->since, kStart);
  EXPECT_FALSE(bench.cache.last_good(Asked("a.example", dns::RrType::mx).key(), false));
}

TEST(CacheLastGood, of_the_name_counts_for_nxdomain) {
  Bench bench;
  bench.put(Asked("a.example", dns::RrType::txt), AnswerKind::positive, 60s, kStart);
  bench.put(Asked("a.example", dns::RrType::mx), AnswerKind::positive, 90s, kStart);
  const Asked asked("a.example");
  EXPECT_FALSE(bench.cache.last_good(asked.key(), false));
  const auto good = bench.cache.last_good(asked.key(), true);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->expires, kStart + 90s);
}

TEST(CacheLastGood, goes_on_while_positive_and_begins_anew_after_a_negative) {
  Bench bench;
  const Asked asked("a.example");
  bench.put(asked, AnswerKind::positive, 60s, kStart);
  bench.put(asked, AnswerKind::positive, 60s, kStart + 1h);
  EXPECT_EQ(bench.cache.last_good(asked.key(), false)->since, kStart);
  bench.put(asked, AnswerKind::nodata, 60s, kStart + 2h);
  bench.put(asked, AnswerKind::positive, 60s, kStart + 3h);
  EXPECT_EQ(bench.cache.last_good(asked.key(), false)->since, kStart + 3h);
}

TEST(CacheInsert, tells_since_when_and_whether_the_answer_shrank) {
  Bench bench;
  const Asked asked("a.example");
  const auto put = [&](AnswerKind kind, unsigned records, Duration after) {
    const Answer answer(asked, kind, records);
    return bench.cache.insert(asked.key(), answer.normalised, {}, 60s, kStart + after);
  };
  EXPECT_EQ(put(AnswerKind::positive, 8, 0h).since, kStart);
  const Inserted half = put(AnswerKind::positive, 4, 1h);
  EXPECT_EQ(half.since, kStart);
  EXPECT_FALSE(half.shrunk);
  EXPECT_TRUE(put(AnswerKind::positive, 1, 2h).shrunk);
  EXPECT_FALSE(put(AnswerKind::positive, 8, 3h).shrunk);
  const Inserted none = put(AnswerKind::nodata, 1, 4h);
  EXPECT_EQ(none.since, kStart + 4h);
  EXPECT_FALSE(none.shrunk);
  EXPECT_EQ(put(AnswerKind::positive, 1, 5h).since, kStart + 5h);
}

}  // namespace
}  // namespace holdfast::test
