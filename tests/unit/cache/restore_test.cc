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

}  // namespace
}  // namespace holdfast::test
