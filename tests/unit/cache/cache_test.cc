// What the cache answers: slots, keys, ages, staleness, and what a newer answer does to older ones.
#include "cache/cache.h"

#include <gtest/gtest.h>

#include "answers.h"

namespace holdfast::test {
namespace {

using dns::AnswerKind;
using dns::RrType;

TEST(Cache, misses_what_was_never_stored) {
  Bench bench;
  Seen seen;
  EXPECT_EQ(bench.find(Asked("a.example"), kStart, seen).freshness, Freshness::miss);
  EXPECT_FALSE(seen.used);
  EXPECT_FALSE(bench.cache.find_stale(Asked("a.example").key(), kStart, 24h, seen));
}

TEST(Cache, gives_back_the_message_its_tags_and_where_the_ttls_are) {
  Bench bench;
  const Asked asked("a.example");
  const Answer answer(asked, AnswerKind::positive, 3);
  AnswerTags tags;
  tags.authentic = true;
  tags.blocked = 17;
  tags.upstream_class = 2;
  bench.put(asked, answer, 60s, kStart, tags);
  Seen seen;
  EXPECT_EQ(bench.find(asked, kStart + 1500ms, seen).freshness, Freshness::fresh);
  EXPECT_EQ(seen.wire, answer.wire);
  EXPECT_EQ(seen.ttl_offsets, (std::vector<std::uint16_t>{33, 49, 65}));
  EXPECT_EQ(seen.kind, AnswerKind::positive);
  EXPECT_TRUE(seen.tags.authentic);
  EXPECT_FALSE(seen.tags.holds_private_address);
  EXPECT_EQ(seen.tags.blocked, 17);
  EXPECT_EQ(seen.tags.upstream_class, 2);
  EXPECT_EQ(seen.left, 58500ms);
}

TEST(Cache, counts_age_in_whole_seconds) {
  struct Row {
    Duration after;
    std::uint32_t age;
  };

  const Row rows[] = {{0s, 0},       {999ms, 0}, {1s, 1}, {1999ms, 1},
                      {59999ms, 59}, {-5ms, 0},  {-3s, 0}};  // another worker's now may lag
  Bench bench;
  const Asked asked("a.example");
  bench.put(asked, AnswerKind::positive, 60s, kStart);
  for (const Row& row : rows) {
    Seen seen;
    ASSERT_EQ(bench.find(asked, kStart + row.after, seen).freshness, Freshness::fresh);
    EXPECT_EQ(seen.age, row.age) << row.after.count();
  }
}

TEST(Cache, is_fresh_until_the_ttl_ends_and_stale_from_then_on) {
  Bench bench;
  const Asked asked("a.example");
  bench.put(asked, AnswerKind::positive, 60s, kStart);
  EXPECT_EQ(bench.freshness(asked, kStart + 60s - Duration(1)), Freshness::fresh);
  EXPECT_EQ(bench.freshness(asked, kStart + 60s), Freshness::stale);
  EXPECT_EQ(bench.freshness(asked, kStart + std::chrono::hours(24 * 30)), Freshness::stale);
}

TEST(Cache, does_not_look_at_case) {
  Bench bench;
  bench.put(Asked("WWW.Example"), AnswerKind::positive, 60s, kStart);
  EXPECT_EQ(bench.freshness(Asked("www.example"), kStart), Freshness::fresh);
  EXPECT_EQ(bench.freshness(Asked("wWw.eXAMPLE"), kStart), Freshness::fresh);
  bench.put(Asked("www.EXAMPLE"), AnswerKind::positive, 60s, kStart);
  EXPECT_EQ(bench.cache.stats().entries, 1U);
}

TEST(Cache, keeps_type_class_do_and_cd_apart) {
  const Asked base("a.example");
  Asked chaos = base;
  chaos.rr_class = dns::RrClass::ch;
  const Asked all[] = {base,
                       Asked("a.example", RrType::aaaa),
                       base.with_do(),
                       base.with_cd(),
                       base.with_do().with_cd(),
                       chaos,
                       Asked("b.example")};
  for (const AnswerKind kind : {AnswerKind::positive, AnswerKind::nodata, AnswerKind::nxdomain}) {
    for (const Asked& stored : all) {
      Bench bench;
      bench.put(stored, kind, 60s, kStart);
      for (const Asked& asked : all) {
        const bool other_type_only = kind == AnswerKind::nxdomain && asked.name == stored.name &&
                                     asked.dnssec_ok == stored.dnssec_ok &&
                                     asked.checking_disabled == stored.checking_disabled &&
                                     asked.rr_class == stored.rr_class;
        const bool expected = &asked == &stored || other_type_only;
        EXPECT_EQ(bench.freshness(asked, kStart) == Freshness::fresh, expected);
      }
    }
  }
}

TEST(Cache, root_and_names_of_any_octets_are_keys_like_others) {
  Bench bench;
  const Asked odd("a\\000b\\255.ex\\.ample");
  bench.put(Asked("."), AnswerKind::positive, 60s, kStart);
  bench.put(odd, AnswerKind::positive, 60s, kStart);
  EXPECT_EQ(bench.freshness(Asked("."), kStart), Freshness::fresh);
  EXPECT_EQ(bench.freshness(odd, kStart), Freshness::fresh);
  EXPECT_EQ(bench.freshness(Asked("a\\000b\\254.ex\\.ample"), kStart), Freshness::miss);
}

TEST(Cache, nxdomain_answers_every_type_of_its_name_and_no_other_name) {
  Bench bench;
  bench.put(Asked("gone.example"), AnswerKind::nxdomain, 60s, kStart);
  Seen seen;
  EXPECT_EQ(bench.find(Asked("gone.example", RrType::mx), kStart, seen).freshness,
            Freshness::fresh);
  EXPECT_EQ(seen.kind, AnswerKind::nxdomain);
  EXPECT_EQ(bench.freshness(Asked("x.gone.example"), kStart), Freshness::miss);
  EXPECT_EQ(bench.freshness(Asked("example"), kStart), Freshness::miss);
}

TEST(Cache, nxdomain_behind_a_cname_answers_its_type_only) {
  Bench bench;
  const Asked asked("alias.example");
  Answer answer(asked, AnswerKind::nxdomain);
  bench.put(asked, answer.behind_cname("gone.example"), 60s, kStart);
  Seen seen;
  EXPECT_EQ(bench.find(asked, kStart, seen).freshness, Freshness::fresh);
  EXPECT_EQ(seen.kind, AnswerKind::nxdomain);
  EXPECT_EQ(bench.freshness(Asked("alias.example", RrType::mx), kStart), Freshness::miss);
  EXPECT_EQ(bench.freshness(Asked("gone.example"), kStart), Freshness::miss);
}

TEST(Cache, a_last_name_in_other_case_is_still_the_asked_name) {
  Bench bench;
  const Asked asked("gone.example");
  Answer answer(asked, AnswerKind::nxdomain);
  bench.put(asked, answer.behind_cname("GONE.example"), 60s, kStart);
  EXPECT_EQ(bench.freshness(Asked("gone.example", RrType::mx), kStart), Freshness::fresh);
}

TEST(Cache, an_answer_of_ttl_zero_is_stale_at_once_and_replaces_an_older_one) {
  Bench bench;
  const Asked asked("a.example");
  bench.put(asked, Answer(asked, AnswerKind::positive, 3), 60s, kStart);
  const Answer newer(asked, AnswerKind::positive, 1);
  bench.put(asked, newer, 0s, kStart + 1s);
  EXPECT_EQ(bench.freshness(asked, kStart + 1s), Freshness::stale);
  Seen seen;
  EXPECT_TRUE(bench.cache.find_stale(asked.key(), kStart + 2s, 1h, seen));
  EXPECT_EQ(seen.wire, newer.wire);
}

TEST(Cache, refuses_an_answer_to_another_question) {
  Bench bench;
  const Answer answer(Asked("b.example"), AnswerKind::positive);
  bench.put(Asked("a.example"), answer, 60s, kStart);
  bench.put(Asked("a.b.example"), answer, 60s, kStart);
  bench.put(Asked("b.example", RrType::aaaa), answer, 60s, kStart);
  EXPECT_EQ(bench.cache.stats().entries, 0U);
}

TEST(Cache, refuses_a_message_that_does_not_parse) {
  Bench bench;
  const Asked asked("a.example");
  Answer answer(asked, AnswerKind::positive);
  answer.normalised.message = answer.normalised.message.first(answer.wire.size() - 1);
  bench.put(asked, answer, 60s, kStart);
  EXPECT_EQ(bench.cache.stats().entries, 0U);
}

TEST(Cache, the_newer_of_two_positives_is_held_alone) {
  Bench bench;
  const Asked asked("a.example");
  Answer first(asked, AnswerKind::positive);
  Answer second(asked, AnswerKind::positive, 2);
  bench.put(asked, first.marked(1), 60s, kStart);
  const auto once = bench.cache.stats();
  bench.put(asked, second.marked(2), 60s, kStart);
  bench.put(asked, first, 60s, kStart);
  EXPECT_EQ(bench.cache.stats().entries, 1U);
  EXPECT_EQ(bench.cache.stats().bytes, once.bytes);
  EXPECT_EQ(bench.cache.stats().inserts, 3U);
  Seen seen;
  bench.find(asked, kStart, seen);
  EXPECT_EQ(seen.mark(), 1U);
}

// What is held, then what comes: which kinds answer afterwards, and how many slots are left.
struct Turn {
  const char* story;
  AnswerKind held;
  AnswerKind comes;
  AnswerKind found;       // by find()
  AnswerKind best_stale;  // by find_stale()
  std::uint64_t entries;
};

class CacheTurn : public testing::TestWithParam<Turn> {};

TEST_P(CacheTurn, ends_as_told) {
  const Turn& turn = GetParam();
  Bench bench;
  const Asked asked("a.example");
  bench.put(asked, turn.held, 60s, kStart);
  bench.put(asked, turn.comes, 30s, kStart + 10s);
  Seen fresh;
  EXPECT_EQ(bench.find(asked, kStart + 11s, fresh).freshness, Freshness::fresh);
  EXPECT_EQ(fresh.kind, turn.found);
  EXPECT_EQ(fresh.left, 29s);
  Seen stale;
  EXPECT_TRUE(bench.cache.find_stale(asked.key(), kStart + 11s, 24h, stale));
  EXPECT_EQ(stale.kind, turn.best_stale);
  EXPECT_EQ(bench.cache.stats().entries, turn.entries);
}

constexpr auto kPositive = AnswerKind::positive;
constexpr auto kNodata = AnswerKind::nodata;
constexpr auto kNxdomain = AnswerKind::nxdomain;

INSTANTIATE_TEST_SUITE_P(
    Cache, CacheTurn,
    testing::Values(Turn{"positive_to_nodata", kPositive, kNodata, kNodata, kNodata, 1},
                    Turn{"positive_to_nxdomain", kPositive, kNxdomain, kNxdomain, kNxdomain, 1},
                    Turn{"nodata_to_positive", kNodata, kPositive, kPositive, kPositive, 1},
                    Turn{"nxdomain_to_positive", kNxdomain, kPositive, kPositive, kPositive, 1},
                    Turn{"nodata_to_nxdomain", kNodata, kNxdomain, kNxdomain, kNxdomain, 1},
                    Turn{"nxdomain_to_nodata", kNxdomain, kNodata, kNodata, kNodata, 1}),
    [](const testing::TestParamInfo<Turn>& row) { return std::string(row.param.story); });

TEST(Cache, a_refresh_is_due_to_all_until_one_claims_it) {
  Bench bench;
  const Asked asked("a.example");
  bench.put(asked, AnswerKind::positive, 100s, kStart);
  Seen seen;
  EXPECT_FALSE(bench.find(asked, kStart + 95s, seen).refresh_due) << "nobody asks for it";
  for (int i = 0; i < 3; ++i)
    bench.find(asked, kStart + 1s, seen);
  EXPECT_FALSE(bench.find(asked, kStart + 89s, seen).refresh_due) << "too early";
  EXPECT_TRUE(bench.find(asked, kStart + 90s, seen).refresh_due);
  EXPECT_TRUE(bench.find(asked, kStart + 91s, seen).refresh_due) << "seeing it is no claim";
  EXPECT_TRUE(bench.cache.claim_refresh(asked.key(), kStart + 91s));
  EXPECT_FALSE(bench.cache.claim_refresh(asked.key(), kStart + 91s));
  EXPECT_FALSE(bench.find(asked, kStart + 92s, seen).refresh_due);
  EXPECT_FALSE(bench.cache.claim_refresh(asked.key(), kStart + 100s)) << "it has ended";
  bench.put(asked, AnswerKind::positive, 100s, kStart + 93s);
  for (int i = 0; i < 3; ++i)
    bench.find(asked, kStart + 94s, seen);
  EXPECT_TRUE(bench.find(asked, kStart + 190s, seen).refresh_due) << "the next life";
}

TEST(Cache, an_answer_of_one_type_proves_the_name_to_the_others) {
  for (const AnswerKind kind : {AnswerKind::positive, AnswerKind::nodata}) {
    Bench bench;
    bench.put(Asked("a.example", RrType::mx), AnswerKind::nxdomain, 60s, kStart);
    bench.put(Asked("a.example", RrType::txt), kind, 60s, kStart + 1s);
    EXPECT_EQ(bench.freshness(Asked("a.example", RrType::mx), kStart + 2s), Freshness::miss);
  }
}

TEST(Cache, nxdomain_does_not_end_what_other_types_hold) {
  Bench bench;
  bench.put(Asked("a.example"), AnswerKind::positive, 60s, kStart);
  bench.put(Asked("a.example", RrType::aaaa), AnswerKind::nxdomain, 60s, kStart + 1s);
  Seen seen;
  EXPECT_EQ(bench.find(Asked("a.example"), kStart + 2s, seen).freshness, Freshness::fresh);
  EXPECT_EQ(seen.kind, AnswerKind::positive);
}

TEST(Cache, nxdomain_ends_what_other_types_hold_past_their_time) {
  Bench bench;
  bench.put(Asked("a.example"), AnswerKind::positive, 60s, kStart);
  bench.put(Asked("a.example", RrType::aaaa), AnswerKind::nxdomain, 60s, kStart + 61s);
  Seen seen;
  EXPECT_TRUE(bench.cache.find_stale(Asked("a.example").key(), kStart + 62s, 24h, seen));
  EXPECT_EQ(seen.kind, AnswerKind::nxdomain);
}

TEST(Cache, stale_answers_go_no_further_than_max_stale) {
  Bench bench;
  const Asked asked("a.example");
  bench.put(asked, AnswerKind::positive, 60s, kStart);
  Seen seen;
  EXPECT_TRUE(bench.cache.find_stale(asked.key(), kStart + 60s + 10min, 10min, seen));
  EXPECT_EQ(seen.left, -10min);
  EXPECT_FALSE(bench.cache.find_stale(asked.key(), kStart + 60s + 10min + 1ms, 10min, seen));
  EXPECT_TRUE(bench.cache.find_stale(asked.key(), kStart + 59s, 0s, seen)) << "fresh included";
  EXPECT_FALSE(bench.cache.find_stale(asked.key(), kStart + 61s, 0s, seen));
}

TEST(Cache, hints_at_split_view_of_a_name_whatever_is_asked_for) {
  struct Row {
    std::uint8_t upstream_class;
    bool holds_private;
    bool hint;
  };

  for (const Row& row : {Row{0, true, true}, Row{0, false, false}, Row{1, true, false}}) {
    Bench bench;
    const Asked asked("a.example");
    AnswerTags tags;
    tags.upstream_class = row.upstream_class;
    tags.holds_private_address = row.holds_private;
    bench.put(asked, Answer(asked, AnswerKind::positive), 60s, kStart, tags);
    Seen seen;
    EXPECT_EQ(bench.find(asked, kStart, seen).freshness, Freshness::fresh);
    EXPECT_EQ(seen.tags.holds_private_address, row.holds_private);
    EXPECT_EQ(bench.find(asked, kStart + 1h, seen).split_view_hint, row.hint);
    const Asked other("A.example", RrType::txt);
    EXPECT_EQ(bench.find(other, kStart, seen).split_view_hint, row.hint);
    EXPECT_EQ(bench.find(Asked("a.example").with_do(), kStart, seen).split_view_hint, row.hint);
    EXPECT_FALSE(bench.find(Asked("b.example"), kStart, seen).split_view_hint);
    bench.cache.flush_name(dns::Name::parse("a.example").value());
    EXPECT_FALSE(bench.find(asked, kStart, seen).split_view_hint);
  }
}

TEST(Cache, flush_name_drops_every_type_of_that_very_name) {
  Bench bench;
  bench.put(Asked("a.example"), AnswerKind::positive, 60s, kStart);
  bench.put(Asked("a.example", RrType::aaaa), AnswerKind::nodata, 60s, kStart);
  bench.put(Asked("A.example").with_do(), AnswerKind::nxdomain, 60s, kStart);
  bench.put(Asked("b.a.example"), AnswerKind::positive, 60s, kStart);
  bench.put(Asked("example"), AnswerKind::positive, 60s, kStart);
  EXPECT_EQ(bench.cache.flush_name(name("a.EXAMPLE")), 3U);
  EXPECT_EQ(bench.cache.flush_name(name("a.example")), 0U);
  EXPECT_EQ(bench.freshness(Asked("a.example"), kStart), Freshness::miss);
  EXPECT_EQ(bench.freshness(Asked("b.a.example"), kStart), Freshness::fresh);
  EXPECT_EQ(bench.cache.stats().entries, 2U);
  EXPECT_EQ(bench.cache.stats().evictions, 0U);
}

TEST(Cache, flush_zone_drops_the_name_and_all_below_at_label_boundaries) {
  Bench bench;
  const char* const below[] = {"example.com", "a.example.com", "x.y.EXAMPLE.com"};
  const char* const others[] = {"notexample.com", "com", "example.org", "example.com.org", "."};
  for (const char* text : below)
    bench.put(Asked(text), AnswerKind::positive, 60s, kStart);
  for (const char* text : others)
    bench.put(Asked(text), AnswerKind::positive, 60s, kStart);
  EXPECT_EQ(bench.cache.flush_zone(name("Example.com")), 3U);
  for (const char* text : below)
    EXPECT_EQ(bench.freshness(Asked(text), kStart), Freshness::miss);
  for (const char* text : others)
    EXPECT_EQ(bench.freshness(Asked(text), kStart), Freshness::fresh);
  EXPECT_EQ(bench.cache.flush_zone(name(".")), 5U);
  EXPECT_EQ(bench.cache.stats().entries, 0U);
}

}  // namespace
}  // namespace holdfast::test
