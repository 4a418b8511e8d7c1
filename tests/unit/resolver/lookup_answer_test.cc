// Which answer a lookup takes: races, negatives and their grace, late answers, verdicts.
#include <gtest/gtest.h>

#include "tests/unit/resolver/lookup_rig.h"

namespace holdfast {
namespace {

using test::HedgingRig;
using test::LookupRig;

constexpr Verdict kBogus{Outcome::servfail, dns::EdeCode::dnssec_bogus, true, false};

/// Under `race`, two at once, already started.
struct RacingRig : LookupRig {
  explicit RacingRig(std::size_t count) : LookupRig(count) {
    route.policy = Policy::race;
    EXPECT_EQ(start(), "0:first,1:race");
  }
};

TEST(LookupAnswer, a_race_takes_the_first_positive_answer) {
  RacingRig rig(3);
  (void)rig.answer(1);
  EXPECT_TRUE(rig.ended(Ending::answer));
  EXPECT_EQ(rig.lookup.accepted(), 1);
  EXPECT_EQ(rig.answer(0), "");
  EXPECT_EQ(rig.lookup.accepted(), 1);  // it is over
}

TEST(LookupAnswer, a_race_stays_in_its_tier_and_is_as_wide_as_the_route_says) {
  LookupRig rig(4);
  rig.route.policy = Policy::race;
  rig.route.race_width = 3;
  EXPECT_EQ(rig.start(), "0:first,1:race,2:race");
  rig.candidates[2].tier = rig.candidates[3].tier = 1;
  EXPECT_EQ(rig.start(), "0:first,1:race");
  rig.set_state(1, HealthState::suspect);
  EXPECT_EQ(rig.start(), "0:first");
}

TEST(LookupAnswer, a_racers_negative_answer_gives_the_others_their_grace) {
  for (const Outcome negative : {Outcome::nodata, Outcome::nxdomain}) {
    RacingRig waits(2);
    (void)waits.run_until(10ms);
    (void)waits.answer(0, negative);
    EXPECT_TRUE(waits.ended(Ending::running));
    EXPECT_EQ(waits.lookup.held_negative(), std::uint8_t{0});
    (void)waits.run_until(109ms);
    EXPECT_TRUE(waits.ended(Ending::running));
    (void)waits.run_until(110ms);
    EXPECT_TRUE(waits.ended(Ending::answer));
    EXPECT_EQ(waits.lookup.accepted(), 0);

    RacingRig better(2);
    (void)better.answer(0, negative);
    (void)better.answer(1);
    EXPECT_EQ(better.lookup.accepted(), 1);  // the positive one overrides it

    RacingRig agreed(2);
    (void)agreed.answer(0, negative);
    (void)agreed.answer(1, negative);
    EXPECT_TRUE(agreed.ended(Ending::answer));

    RacingRig alone(2);
    (void)alone.answer(0, negative);
    EXPECT_EQ(alone.fail(1, Outcome::servfail), "");
    EXPECT_TRUE(alone.ended(Ending::answer));
    EXPECT_EQ(alone.lookup.accepted(), 0);
  }
}

TEST(LookupAnswer, a_failing_racer_leaves_the_others_their_grace_too) {
  RacingRig rig(3);
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "");
  EXPECT_EQ(rig.run_until(99ms), "");
  EXPECT_EQ(rig.run_until(100ms), "2:retry");
  RacingRig both(3);
  EXPECT_EQ(both.fail(0, Outcome::servfail), "");
  EXPECT_EQ(both.fail(1, Outcome::servfail), "2:retry");
}

TEST(LookupAnswer, a_hedges_negative_answer_waits_as_well_the_firsts_does_not) {
  HedgingRig hedge(2);
  (void)hedge.start();
  EXPECT_EQ(hedge.run_until(100ms), "1:hedge");
  (void)hedge.answer(1, Outcome::nxdomain);
  EXPECT_TRUE(hedge.ended(Ending::running));
  (void)hedge.answer(0);
  EXPECT_EQ(hedge.lookup.accepted(), 0);

  HedgingRig first(2);
  (void)first.start();
  (void)first.run_until(100ms);
  (void)first.answer(0, Outcome::nxdomain);
  EXPECT_TRUE(first.ended(Ending::answer));
}

TEST(LookupAnswer, a_filters_negative_answer_is_final) {
  RacingRig rig(2);
  (void)rig.answer(0, Outcome::nxdomain, true);
  EXPECT_TRUE(rig.ended(Ending::answer));
  EXPECT_EQ(rig.lookup.accepted(), 0);
}

TEST(LookupAnswer, a_late_answer_is_taken_until_the_deadline) {
  LookupRig rig(2);
  (void)rig.start();
  EXPECT_EQ(rig.run_until(1200ms), "1:retry");
  EXPECT_EQ(rig.lookup.attempts()[0].state, Attempt::State::timed_out);
  (void)rig.answer(0);
  EXPECT_TRUE(rig.ended(Ending::answer));
  EXPECT_EQ(rig.lookup.accepted(), 0);
  EXPECT_FALSE(rig.lookup.failed_over());
  EXPECT_EQ(rig.counters.of(UpstreamId{0}).late.get(), 1U);
}

TEST(LookupAnswer, a_late_failure_asks_nobody_again) {
  LookupRig rig(3);
  (void)rig.start();
  EXPECT_EQ(rig.run_until(1200ms), "1:retry");
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "");  // its time-out has moved on already
  EXPECT_TRUE(rig.ended(Ending::running));
}

TEST(LookupAnswer, waits_for_late_answers_when_nobody_is_left) {
  LookupRig rig(2);
  rig.retries.configure(0, 0);
  (void)rig.start();
  EXPECT_EQ(rig.run_until(1s), "1:retry");
  EXPECT_EQ(rig.fail(1, Outcome::servfail), "");
  EXPECT_TRUE(rig.ended(Ending::running));
  EXPECT_TRUE(rig.lookup.stale_wanted());  // what is held need not wait any longer
  (void)rig.answer(0);
  EXPECT_TRUE(rig.ended(Ending::answer));
}

TEST(LookupAnswer, a_filters_verdict_ends_the_lookup) {
  LookupRig rig(3);
  (void)rig.start();
  EXPECT_EQ(rig.fail(0, Verdict{Outcome::refused, dns::EdeCode::blocked, false, true}), "");
  EXPECT_TRUE(rig.ended(Ending::verdict));
  EXPECT_TRUE(rig.lookup.verdict_stands());
  EXPECT_EQ(rig.lookup.verdict_outcome(), Outcome::refused);
  EXPECT_EQ(rig.lookup.last_ede(), dns::EdeCode::blocked);
}

TEST(LookupAnswer, a_validators_servfail_goes_on_to_another_validator_only) {
  struct Row {
    const char* what;
    bool validates;
    Verdict verdict;
    bool trust_unvalidated;
    const char* asks;
  };

  const Verdict plain{Outcome::servfail, std::nullopt, false, false};
  const Verdict refused{Outcome::refused, std::nullopt, false, false};
  const Row rows[] = {
      {"a validator", true, plain, false, "2:retry"},
      {"nobody says it validates, but the EDE does", false, kBogus, false, "2:retry"},
      {"the route trusts others", true, kBogus, true, "1:retry"},
      {"no validator", false, plain, false, "1:retry"},
      {"no verdict", true, refused, false, "1:retry"},
  };
  for (const Row& row : rows) {
    LookupRig rig(3);
    rig.candidates[0].validates = row.validates;
    rig.candidates[2].validates = true;
    rig.route.trust_unvalidated = row.trust_unvalidated;
    (void)rig.start();
    EXPECT_EQ(rig.fail(0, row.verdict), row.asks) << row.what;
  }
}

TEST(LookupAnswer, after_a_validators_verdict_nothing_unvalidated_or_stale_counts) {
  RacingRig rig(2);
  rig.candidates[1].validates = true;
  EXPECT_EQ(rig.fail(1, kBogus), "");
  EXPECT_EQ(rig.answer(0), "");  // overruled
  EXPECT_FALSE(rig.ended(Ending::answer));
  EXPECT_TRUE(rig.lookup.verdict_stands());
  (void)rig.run_until(4s);
  EXPECT_TRUE(rig.ended(Ending::exhausted));
  EXPECT_FALSE(rig.lookup.stale_wanted());
  EXPECT_EQ(rig.lookup.last_ede(), dns::EdeCode::dnssec_bogus);
}

TEST(LookupAnswer, a_validators_verdict_takes_a_held_negative_back) {
  RacingRig rig(2);
  rig.candidates[1].validates = true;
  (void)rig.answer(0, Outcome::nxdomain);
  EXPECT_EQ(rig.fail(1, kBogus), "");
  EXPECT_FALSE(rig.lookup.held_negative());
  (void)rig.run_until(4s);
  EXPECT_TRUE(rig.ended(Ending::exhausted));
}

TEST(LookupAnswer, another_validator_may_still_answer) {
  LookupRig rig(3);
  rig.candidates[0].validates = rig.candidates[2].validates = true;
  (void)rig.start();
  EXPECT_EQ(rig.fail(0, kBogus), "2:retry");
  (void)rig.answer(1);
  EXPECT_TRUE(rig.ended(Ending::answer));
  EXPECT_EQ(rig.lookup.accepted(), 1);
}

}  // namespace
}  // namespace holdfast
