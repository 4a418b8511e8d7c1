// A lookup's ladder: first, retries and what they cost, hedges, silence, stale, the deadline.
#include <gtest/gtest.h>

#include "tests/unit/resolver/lookup_rig.h"

namespace holdfast {
namespace {

using test::HedgingRig;
using test::LookupRig;

TEST(LookupLadder, asks_the_first_and_takes_its_answer) {
  LookupRig rig(3);
  EXPECT_EQ(rig.start(), "0:first");
  EXPECT_EQ(rig.lookup.deadline(), TimePoint(4s));
  EXPECT_EQ(rig.lookup.next_event(), TimePoint(100ms));  // the hedge: its p95
  EXPECT_EQ(rig.answer(0), "");
  EXPECT_TRUE(rig.ended(Ending::answer));
  EXPECT_EQ(rig.lookup.accepted(), 0);
  EXPECT_FALSE(rig.lookup.failed_over());
  EXPECT_EQ(rig.lookup.next_event(), kForever);
}

TEST(LookupLadder, moves_on_at_once_for_every_failure) {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    if (row(outcome).disposition != Disposition::next_upstream) continue;
    LookupRig rig(2);
    (void)rig.start();
    EXPECT_EQ(rig.fail(0, outcome), "1:retry") << to_string(outcome);
    (void)rig.answer(1);
    EXPECT_TRUE(rig.lookup.failed_over());
    EXPECT_EQ(rig.lookup.accepted(), 1);
  }
}

TEST(LookupLadder, asks_the_same_one_again_over_tcp_or_without_edns) {
  struct Row {
    Outcome first;
    const char* again;
    Outcome second;
    const char* then;
  };

  using enum Outcome;
  const Row rows[] = {
      {truncated, "0:tcp/tcp", timeout, "1:retry"},
      {wrong_case, "0:tcp/tcp", closed, "1:retry"},
      {truncated, "0:tcp/tcp", truncated, "1:retry"},  // once
      {no_cookie, "0:tcp/tcp", servfail, "1:retry"},
      {spoofed, "0:tcp/tcp", closed, "1:retry"},
      {bad_cookie, "0:cookie", bad_cookie, "0:tcp/tcp"},  // another site has answered
      {bad_cookie, "0:cookie", no_cookie, "0:tcp/tcp"},
      {bad_cookie, "0:cookie", servfail, "1:retry"},
      {formerr_edns, "0:plain/plain", servfail, "1:retry"},
      {formerr_edns, "0:plain/plain", formerr_edns, "1:retry"},
      {formerr_edns, "0:plain/plain", truncated, "0:tcp/tcp/plain"},
      {truncated, "0:tcp/tcp", formerr_edns, "0:tcp/tcp/plain"},
  };
  for (const Row& row : rows) {
    LookupRig rig(2);
    (void)rig.start();
    EXPECT_EQ(rig.fail(0, row.first), row.again) << to_string(row.first);
    EXPECT_EQ(rig.fail(1, row.second), row.then) << to_string(row.second);
  }
}

TEST(LookupLadder, a_cookie_that_nobody_wants_ends_over_tcp) {
  LookupRig rig(2);
  (void)rig.start();
  EXPECT_EQ(rig.fail(0, Outcome::bad_cookie), "0:cookie");
  EXPECT_EQ(rig.fail(1, Outcome::bad_cookie), "0:tcp/tcp");
  EXPECT_EQ(rig.fail(2, Outcome::bad_cookie), "1:retry");  // over TCP it makes no sense
}

TEST(LookupLadder, the_first_retry_is_free_and_later_ones_cost) {
  LookupRig rig(4);
  rig.retries.configure(0, 1);
  (void)rig.start();
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "1:retry");
  EXPECT_DOUBLE_EQ(rig.retries.tokens(), 1);
  EXPECT_EQ(rig.fail(1, Outcome::servfail), "2:retry");
  EXPECT_DOUBLE_EQ(rig.retries.tokens(), 0);
  EXPECT_EQ(rig.fail(2, Outcome::servfail), "");  // candidate 3 would be left
  EXPECT_TRUE(rig.ended(Ending::exhausted));
  EXPECT_EQ(rig.counters.retries_refused.get(), 1U);
}

TEST(LookupLadder, leaving_a_suspect_upstream_is_never_refused) {
  LookupRig rig(4);
  rig.retries.configure(0, 0);
  (void)rig.start();
  EXPECT_EQ(rig.suspect(0), "1:suspect");
  EXPECT_EQ(rig.suspect(0), "");  // 1 is being asked
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "2:suspect");
  EXPECT_EQ(rig.fail(1, Outcome::servfail), "3:retry");  // the free one
  EXPECT_EQ(rig.fail(2, Outcome::servfail), "");
  EXPECT_EQ(rig.fail(3, Outcome::servfail), "");
  EXPECT_TRUE(rig.ended(Ending::exhausted));
}

TEST(LookupLadder, one_in_doubt_is_no_reason_to_stay) {
  for (const HealthState doubt : {HealthState::suspect, HealthState::down}) {
    LookupRig rig(3);
    (void)rig.start();
    EXPECT_EQ(rig.suspect(0), "1:suspect");
    rig.set_state(0, doubt);
    EXPECT_EQ(rig.suspect(1), "2:suspect");  // though 0 is still waited for
    EXPECT_EQ(rig.suspect(2), "");           // nobody is left
  }
}

TEST(LookupLadder, an_upstream_that_nobody_waits_for_may_become_suspect) {
  LookupRig rig(2);
  (void)rig.start();
  EXPECT_EQ(rig.suspect(1), "");
  (void)rig.answer(0);
  EXPECT_EQ(rig.suspect(0), "");  // it is over
}

TEST(LookupLadder, waits_according_to_how_fast_the_upstream_is) {
  struct Row {
    UpstreamClass upstream_class;
    bool measured;
    Duration p99;
    Duration waits;
  };

  const Row rows[] = {
      {UpstreamClass::external, false, 10ms, 1s},
      {UpstreamClass::external, true, 250ms, 500ms},
      {UpstreamClass::cloud, true, 251ms, 1s},
      {UpstreamClass::ens, true, 10ms, 3500ms},
  };
  for (const Row& row : rows) {
    LookupRig rig(2);
    rig.candidates[0].upstream_class = row.upstream_class;
    rig.candidates[0].health.measured = row.measured;
    rig.candidates[0].health.p99 = row.p99;
    (void)rig.start();
    EXPECT_EQ(rig.run_until(row.waits - 1ms), "");
    EXPECT_EQ(rig.run_until(row.waits), "1:retry") << row.waits.count();
  }
}

TEST(LookupLadder, hedges_once_after_p95_within_bounds) {
  struct Row {
    Duration p95;
    Duration hedged;
  };

  for (const Row& row : {Row{1ms, 20ms}, Row{20ms, 20ms}, Row{90ms, 90ms}, Row{2s, 250ms}}) {
    HedgingRig rig(3);
    rig.candidates[0].health.p95 = row.p95;
    (void)rig.start();
    EXPECT_EQ(rig.run_until(row.hedged - 1ms), "");
    EXPECT_EQ(rig.run_until(row.hedged), "1:hedge");
    EXPECT_EQ(rig.run_until(999ms), "");
    EXPECT_DOUBLE_EQ(rig.hedges.tokens(), 9);
  }
}

TEST(LookupLadder, a_hedge_stays_in_its_tier_unless_its_rival_is_in_doubt) {
  struct Row {
    HedgeReach reach;
    HealthState slow;
    const char* asks;
  };

  const Row rows[] = {
      {HedgeReach::tier, HealthState::up, ""},
      {HedgeReach::tier, HealthState::suspect, "1:hedge"},
      {HedgeReach::route, HealthState::up, "1:hedge"},
  };
  for (const Row& row : rows) {
    HedgingRig rig(2);
    rig.candidates[1].tier = 1;
    rig.route.hedge = row.reach;
    (void)rig.start();
    rig.set_state(0, row.slow);
    EXPECT_EQ(rig.run_until(300ms), row.asks);
  }
}

TEST(LookupLadder, hedges_only_with_a_sound_rival_of_another_provider_and_a_token) {
  HedgingRig same(2);
  same.candidates[1].provider = same.candidates[0].provider;
  (void)same.start();
  EXPECT_EQ(same.run_until(500ms), "");
  EXPECT_DOUBLE_EQ(same.hedges.tokens(), 10);

  HedgingRig doubtful(2);
  doubtful.set_state(1, HealthState::suspect);
  (void)doubtful.start();
  EXPECT_EQ(doubtful.run_until(500ms), "");

  LookupRig poor(2);
  (void)poor.start();
  EXPECT_EQ(poor.run_until(500ms), "");
  EXPECT_EQ(poor.counters.hedges_refused.get(), 1U);
}

TEST(LookupLadder, one_that_was_merely_silent_is_asked_once_more_without_edns) {
  LookupRig rig(2);
  (void)rig.start();
  EXPECT_EQ(rig.run_until(1s), "1:retry");
  EXPECT_FALSE(rig.lookup.stale_wanted());
  EXPECT_EQ(rig.run_until(2s), "0:retry/plain");
  EXPECT_TRUE(rig.lookup.stale_wanted());  // all have been asked
  EXPECT_DOUBLE_EQ(rig.retries.tokens(), 99);
  EXPECT_EQ(rig.run_until(3s), "1:retry/plain");
  EXPECT_EQ(rig.run_until(3999ms), "");  // no third time
  EXPECT_TRUE(rig.ended(Ending::running));
}

TEST(LookupLadder, one_that_failed_is_not_asked_again) {
  LookupRig rig(2);
  (void)rig.start();
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "1:retry");
  EXPECT_EQ(rig.fail(1, Outcome::refused), "");
  EXPECT_TRUE(rig.ended(Ending::exhausted));
}

TEST(LookupLadder, a_second_round_costs_unless_there_is_only_one_upstream) {
  LookupRig alone(1);
  alone.retries.configure(0, 0);
  (void)alone.start();
  EXPECT_EQ(alone.run_until(1s), "0:retry/plain");

  LookupRig two(2);
  two.retries.configure(0, 0);
  (void)two.start();
  EXPECT_EQ(two.suspect(0), "1:suspect");  // the free retry is still there …
  EXPECT_EQ(two.run_until(3999ms), "");    // … and no second round's
  EXPECT_EQ(two.counters.retries_refused.get(), 1U);
}

TEST(LookupLadder, wants_stale_after_its_time_and_fails_at_the_deadline) {
  LookupRig rig(1);
  rig.candidates[0].upstream_class = UpstreamClass::ens;
  (void)rig.start();
  (void)rig.run_until(1799ms);
  EXPECT_FALSE(rig.lookup.stale_wanted());
  (void)rig.run_until(1800ms);
  EXPECT_TRUE(rig.lookup.stale_wanted());
  (void)rig.run_until(3999ms);
  EXPECT_TRUE(rig.ended(Ending::running));
  (void)rig.run_until(4s);
  EXPECT_TRUE(rig.ended(Ending::exhausted));
  EXPECT_EQ(rig.lookup.attempts()[0].state, Attempt::State::timed_out);
}

TEST(LookupLadder, in_panic_asks_even_those_that_are_down_and_wants_stale_at_once) {
  LookupRig rig(2);
  rig.set_state(0, HealthState::down);
  rig.set_state(1, HealthState::down);
  EXPECT_EQ(rig.start(), "0:first");
  EXPECT_TRUE(rig.lookup.panic());
  EXPECT_TRUE(rig.lookup.stale_wanted());
  EXPECT_EQ(rig.counters.panics.get(), 1U);
  EXPECT_EQ(rig.fail(0, Outcome::unreachable), "1:retry");
}

TEST(LookupLadder, ends_at_once_when_nobody_may_be_asked) {
  LookupRig none(0);
  EXPECT_EQ(none.start(), "");
  EXPECT_TRUE(none.ended(Ending::exhausted));

  LookupRig forced(1);
  forced.candidates[0].health.forced = Forced::down;
  EXPECT_EQ(forced.start(), "");
  EXPECT_TRUE(forced.ended(Ending::exhausted));
}

TEST(LookupLadder, makes_no_more_than_its_bound_of_attempts) {
  LookupRig rig(20);
  (void)rig.start();
  std::uint8_t attempts = 1;
  while (rig.fail(static_cast<std::uint8_t>(attempts - 1), Outcome::servfail) != "")
    ++attempts;
  EXPECT_EQ(attempts, Lookup::kMaxAttempts);
  EXPECT_TRUE(rig.ended(Ending::exhausted));
}

TEST(LookupLadder, gives_up_when_told) {
  LookupRig rig(2);
  (void)rig.start();
  rig.lookup.give_up();
  EXPECT_TRUE(rig.ended(Ending::exhausted));
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "");
}

}  // namespace
}  // namespace holdfast
