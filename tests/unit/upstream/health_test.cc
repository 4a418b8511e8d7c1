// One upstream's state machine: into doubt, out of it, and slow start.
#include "upstream/health.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using enum HealthState;

constexpr TimePoint at(Duration d) {
  return TimePoint(d);
}

EvidenceDelta good(std::uint64_t n, TimePoint answered) {
  EvidenceDelta delta;
  delta.good = delta.answers = n;
  delta.last_answer = answered;
  return delta;
}

EvidenceDelta bad(std::uint64_t n) {
  EvidenceDelta delta;
  delta.bad = delta.failed = n;
  return delta;
}

EvidenceDelta stall() {
  EvidenceDelta delta;
  delta.stalls = 1;
  return delta;
}

EvidenceDelta failure_run() {
  EvidenceDelta delta = bad(3);
  delta.failure_runs = 1;
  return delta;
}

void expect(const std::optional<Transition>& t, HealthState from, HealthState to, Cause cause) {
  ASSERT_TRUE(t);
  EXPECT_EQ(to_string(t->from), to_string(from));
  EXPECT_EQ(to_string(t->to), to_string(to));
  EXPECT_STREQ(to_string(t->cause), to_string(cause));
}

TEST(Health, begins_up_wanting_a_probe) {
  Health health(FailoverPolicy{}, at(5s));
  EXPECT_EQ(health.state(), up);
  EXPECT_EQ(health.cause(), Cause::start);
  EXPECT_EQ(health.since(), at(5s));
  EXPECT_TRUE(health.probe_wanted());
  health.probe_started();
  EXPECT_FALSE(health.probe_wanted());
  EXPECT_EQ(health.view(at(5s)).p95, 100ms);
  EXPECT_FALSE(health.view(at(5s)).measured);
}

TEST(Health, falls_into_doubt_for_each_reason) {
  struct Row {
    EvidenceDelta seen;
    std::optional<Cause> cause;
  };

  EvidenceDelta both = failure_run();
  both.stalls = 1;
  EvidenceDelta mixed = good(9, at(1s));
  mixed.bad = mixed.failed = 1;
  EvidenceDelta poor = good(8, at(1s));
  poor.bad = poor.failed = 2;
  const Row rows[] = {
      {failure_run(), Cause::failures_running},
      {stall(), Cause::overdue},
      {both, Cause::failures_running},
      {bad(9), std::nullopt},  // too few samples
      {bad(10), Cause::low_ratio},
      {mixed, std::nullopt},  // nine in ten are good enough
      {poor, Cause::low_ratio},
      {good(50, at(1s)), std::nullopt},
      {EvidenceDelta{}, std::nullopt},
  };
  for (const Row& row : rows) {
    Health health(FailoverPolicy{}, at(0s));
    health.probe_started();
    const auto transition = health.observe(row.seen, at(1s));
    ASSERT_EQ(transition.has_value(), row.cause.has_value());
    EXPECT_EQ(health.probe_wanted(), row.cause.has_value());
    if (!row.cause) continue;
    expect(transition, up, suspect, *row.cause);
    EXPECT_EQ(transition->at, at(1s));
    EXPECT_EQ(health.since(), at(1s));
  }
}

TEST(Health, a_failed_probe_casts_doubt_when_nothing_else_succeeds) {
  Health health(FailoverPolicy{}, at(0s));
  expect(health.probe_failed(true, at(1s), at(2s)), up, suspect, Cause::probe_failed);
  EXPECT_FALSE(health.probe_failed(true, at(3s), at(4s)));  // it is in doubt already
}

TEST(Health, a_failed_probe_changes_nothing_while_real_queries_succeed) {
  Health health(FailoverPolicy{}, at(0s));
  (void)health.observe(good(20, at(1500ms)), at(1500ms));
  EXPECT_FALSE(health.probe_failed(true, at(1s), at(2s)));   // answered meanwhile
  EXPECT_FALSE(health.probe_failed(false, at(2s), at(2s)));  // answered a moment before
  EXPECT_EQ(health.state(), up);
  EXPECT_DOUBLE_EQ(health.good_ratio(), 1);
  expect(health.probe_failed(true, at(2s), at(3s)), up, suspect, Cause::probe_failed);
}

TEST(Health, a_stall_that_is_over_at_once_clears_straight_back) {
  for (const bool by_probe : {false, true}) {
    Health health(FailoverPolicy{}, at(0s));
    (void)health.observe(stall(), at(1s));
    const auto back =
        by_probe ? health.probe_answered(20ms, at(2s)) : health.observe(good(1, at(2s)), at(2s));
    expect(back, suspect, up, Cause::answers_again);
    EXPECT_EQ(health.samples(), 0U);  // a clean sheet
  }
}

TEST(Health, a_suspicion_by_a_probe_clears_straight_back_too) {
  Health health(FailoverPolicy{}, at(0s));
  (void)health.probe_failed(false, at(1s), at(1s));
  expect(health.observe(good(1, at(2s)), at(2s)), suspect, up, Cause::answers_again);
}

TEST(Health, leaves_doubt_through_slow_start_otherwise) {
  struct Row {
    const char* why;
    EvidenceDelta doubt;
    Duration later;
  };

  const Row rows[] = {
      {"failures weigh more than an answer", failure_run(), 100ms},
      {"so does a low ratio", bad(10), 100ms},
      {"the stall lasted", stall(), 1001ms},
  };
  for (const Row& row : rows) {
    for (const bool by_probe : {false, true}) {
      Health health(FailoverPolicy{}, at(0s));
      (void)health.observe(row.doubt, at(1s));
      const TimePoint now = at(1s) + row.later;
      const auto once = [&] {
        return by_probe ? health.probe_answered(20ms, now) : health.observe(good(1, now), now);
      };
      EXPECT_FALSE(once()) << row.why;
      EXPECT_FALSE(once()) << row.why;
      EXPECT_EQ(health.successes_running(), 2U);
      expect(once(), suspect, recovering, Cause::answers_again);
    }
  }
}

TEST(Health, any_failure_interrupts_the_run_of_successes) {
  for (const int kind : {0, 1, 2}) {
    Health health(FailoverPolicy{}, at(0s));
    (void)health.observe(failure_run(), at(1s));
    (void)health.observe(good(2, at(3s)), at(3s));
    if (kind == 0) (void)health.observe(bad(1), at(3s));
    if (kind == 1) (void)health.observe(stall(), at(3s));
    if (kind == 2) (void)health.probe_failed(false, at(3s), at(3s));
    EXPECT_EQ(health.successes_running(), 0U) << kind;
    EXPECT_FALSE(health.observe(good(2, at(4s)), at(4s))) << kind;
  }
}

TEST(Health, a_probe_answered_late_does_not_clear_a_suspicion) {
  Health health(FailoverPolicy{}, at(0s));
  (void)health.observe(stall(), at(1s));
  EXPECT_FALSE(health.probe_answered(301ms, at(1500ms)));  // overdue: three times 100 ms
  EXPECT_EQ(health.state(), suspect);
  expect(health.probe_answered(250ms, at(1600ms)), suspect, up, Cause::answers_again);
}

TEST(Health, takes_its_share_over_slow_start) {
  Health health(FailoverPolicy{}, at(0s));
  (void)health.observe(failure_run(), at(1s));
  expect(health.observe(good(3, at(10s)), at(10s)), suspect, recovering, Cause::answers_again);
  EXPECT_NEAR(health.view(at(10s)).share, 0.1, 1e-6);
  EXPECT_NEAR(health.view(at(25s)).share, 0.55, 1e-6);
  EXPECT_NEAR(health.view(at(40s)).share, 1, 1e-6);
  EXPECT_NEAR(health.view(at(50s)).share, 1, 1e-6);
  EXPECT_FALSE(health.tick(at(39'999ms)));
  expect(health.tick(at(40s)), recovering, up, Cause::slow_start_done);
  EXPECT_FALSE(health.tick(at(99s)));
  EXPECT_EQ(health.view(at(99s)).share, 1.0F);
}

TEST(Health, falls_back_from_slow_start) {
  Health health(FailoverPolicy{}, at(0s));
  (void)health.observe(failure_run(), at(1s));
  (void)health.observe(good(3, at(10s)), at(10s));
  expect(health.observe(failure_run(), at(11s)), recovering, suspect, Cause::failures_running);
}

TEST(Health, measures_round_trips_once_there_are_enough) {
  Health health(FailoverPolicy{}, at(0s));
  EvidenceDelta delta = good(19, at(1s));
  const std::size_t bucket = Histogram::bucket_of(10ms);
  delta.rtt[bucket] = 19;
  (void)health.observe(delta, at(1s));
  EXPECT_FALSE(health.view(at(1s)).measured);
  EXPECT_FALSE(health.probe_answered(10ms, at(1s)));  // probes count too
  const HealthView view = health.view(at(1s));
  EXPECT_TRUE(view.measured);
  EXPECT_EQ(view.p95, Histogram::upper_bound(bucket));
  EXPECT_EQ(view.p99, Histogram::upper_bound(bucket));
  EXPECT_EQ(view.srtt, Histogram::upper_bound(bucket));
}

TEST(Health, overdue_is_a_multiple_of_p95_above_a_floor) {
  const FailoverPolicy policy;
  EXPECT_EQ(overdue_after(policy, 100ms), 300ms);
  EXPECT_EQ(overdue_after(policy, 17ms), 51ms);
  EXPECT_EQ(overdue_after(policy, 16ms), 50ms);
  EXPECT_EQ(overdue_after(policy, 0ms), 50ms);
}

TEST(Health, a_new_window_begins_empty_and_the_rest_stays) {
  Health health(FailoverPolicy{}, at(0s));
  (void)health.observe(good(30, at(1s)), at(1s));
  FailoverPolicy policy;
  policy.rise = 1;
  health.set_policy(policy);
  EXPECT_EQ(health.samples(), 30U);
  policy.window = 20;
  health.set_policy(policy);
  EXPECT_EQ(health.samples(), 0U);
  EXPECT_EQ(health.last_accepted(), at(1s));
}

TEST(Health, causes_have_words_of_their_own) {
  std::set<std::string> words;
  for (int i = 0; i <= static_cast<int>(Cause::network_change); ++i)
    words.insert(to_string(static_cast<Cause>(i)));
  EXPECT_EQ(words.size(), 10U);
}

}  // namespace
}  // namespace holdfast
