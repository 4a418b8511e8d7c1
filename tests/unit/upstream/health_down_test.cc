// One upstream's state machine: what takes it down, what does not, and how it comes back.
#include <functional>

#include <gtest/gtest.h>

#include "upstream/health.h"

namespace holdfast {
namespace {

using enum HealthState;

constexpr TimePoint at(Duration d) {
  return TimePoint(d);
}

/// What the workers saw, by counts.
struct Seen {
  std::uint64_t good = 0, bad = 0, failed = 0, late = 0, stalls = 0, failure_runs = 0;
};

EvidenceDelta delta(const Seen& seen, TimePoint now) {
  EvidenceDelta d;
  d.good = seen.good;
  d.bad = seen.bad;
  d.failed = seen.failed;
  d.late = seen.late;
  d.answers = seen.good + seen.late;
  d.stalls = seen.stalls;
  d.failure_runs = seen.failure_runs;
  if (d.answers > 0) d.last_answer = now;
  return d;
}

/// Suspect since 1 s because of a stall that began at `silent_since`.
Health stalled(TimePoint silent_since) {
  Health health(FailoverPolicy{}, at(0s));
  EvidenceDelta d = delta({.bad = 5, .stalls = 1}, at(1s));
  d.oldest_unanswered = silent_since;
  (void)health.observe(d, at(1s));
  EXPECT_EQ(health.state(), suspect);
  return health;
}

Health ejected(TimePoint now) {
  Health health = stalled(at(500ms));
  health.eject(Cause::silent, now);
  return health;
}

TEST(HealthDown, silence_and_a_failed_probe_are_hard_evidence) {
  Health health = stalled(at(500ms));
  EXPECT_EQ(health.wants_down(at(10s)), Ejection::none);  // no probe has failed yet
  (void)health.probe_failed(true, at(1100ms), at(2100ms));
  EXPECT_EQ(health.wants_down(at(2499ms)), Ejection::none);
  EXPECT_EQ(health.wants_down(at(2500ms)), Ejection::hard);
  const Transition t = health.eject(Cause::silent, at(2500ms));
  EXPECT_EQ(t.from, suspect);
  EXPECT_EQ(t.to, down);
  EXPECT_EQ(t.cause, Cause::silent);
  EXPECT_EQ(health.wants_down(at(9s)), Ejection::none);  // it is
}

TEST(HealthDown, a_silent_idle_upstream_goes_down_by_its_probes_alone) {
  Health health(FailoverPolicy{}, at(0s));
  (void)health.probe_failed(true, at(1s), at(2s));
  EXPECT_EQ(health.state(), suspect);
  EXPECT_EQ(health.wants_down(at(2999ms)), Ejection::none);
  EXPECT_EQ(health.wants_down(at(3s)), Ejection::hard);
}

TEST(HealthDown, anything_heard_ends_the_silence) {
  Health refused = stalled(at(500ms));
  (void)refused.probe_failed(true, at(1100ms), at(2100ms));
  EvidenceDelta heard;
  heard.last_answer = at(2200ms);  // a SERVFAIL, say: it is not silent
  (void)refused.observe(heard, at(2200ms));
  EXPECT_EQ(refused.wants_down(at(3s)), Ejection::none);

  Health answered = stalled(at(500ms));
  (void)answered.probe_failed(true, at(1100ms), at(2100ms));
  (void)answered.probe_answered(10ms, at(2400ms));
  EXPECT_EQ(answered.wants_down(at(9s)), Ejection::none);
}

TEST(HealthDown, a_probe_that_is_answered_badly_is_no_silence) {
  Health health(FailoverPolicy{}, at(0s));
  (void)health.probe_failed(false, at(1s), at(1s));
  EXPECT_EQ(health.state(), suspect);
  EXPECT_EQ(health.wants_down(at(60s)), Ejection::none);  // one failure is no ratio either
}

TEST(HealthDown, a_low_ratio_is_soft_evidence_once_confirmed) {
  struct Row {
    Seen seen;
    bool probe_failed;
    Duration later;
    Ejection wanted;
  };

  const Row rows[] = {
      {{.good = 4, .bad = 6, .failed = 6}, false, 999ms, Ejection::none},
      {{.good = 4, .bad = 6, .failed = 6}, false, 1s, Ejection::soft},  // no stall any more
      {{.good = 4, .bad = 6, .failed = 6}, true, 10ms, Ejection::soft},
      {{.good = 6, .bad = 6, .failed = 6}, false, 5s, Ejection::none},  // the half is not below
      {{.bad = 9, .failed = 9, .failure_runs = 1}, false, 5s, Ejection::none},  // too few
      {{.bad = 9, .failed = 9, .failure_runs = 1}, true, 5s, Ejection::soft},
  };
  for (const Row& row : rows) {
    Health health(FailoverPolicy{}, at(0s));
    (void)health.observe(delta(row.seen, at(1s)), at(1s));
    ASSERT_EQ(health.state(), suspect);
    if (row.probe_failed) (void)health.probe_failed(false, at(1s), at(1s));
    EXPECT_EQ(health.wants_down(at(1s) + row.later), row.wanted)
        << row.seen.good << " " << row.later.count();
  }
}

TEST(HealthDown, late_answers_never_take_it_down) {
  Health health(FailoverPolicy{}, at(0s));
  for (int tick = 1; tick <= 400; ++tick) {
    const TimePoint now = at(50ms * tick);
    // All are overdue, and all come at last.
    (void)health.observe(delta({.bad = 5, .late = 5}, now), now);
    EXPECT_EQ(health.wants_down(now), Ejection::none) << tick;
  }
  EXPECT_EQ(health.state(), suspect);
  EXPECT_DOUBLE_EQ(health.good_ratio(), 0);
}

TEST(HealthDown, comes_back_through_slow_start_after_a_run_of_answers) {
  struct Row {
    const char* by;
    std::function<std::optional<Transition>(Health&, TimePoint)> once;
  };

  const Row rows[] = {
      {"probes", [](Health& h, TimePoint now) { return h.probe_answered(10ms, now); }},
      {"slow probes", [](Health& h, TimePoint now) { return h.probe_answered(900ms, now); }},
      {"answers", [](Health& h, TimePoint now) { return h.observe(delta({.good = 1}, now), now); }},
      {"late ones",
       [](Health& h, TimePoint now) { return h.observe(delta({.late = 1}, now), now); }},
  };
  for (const Row& row : rows) {
    Health health = ejected(at(3s));
    EXPECT_FALSE(row.once(health, at(3100ms))) << row.by;  // not straight back, however soon
    EXPECT_FALSE(row.once(health, at(4s))) << row.by;
    const auto back = row.once(health, at(5s));
    ASSERT_TRUE(back) << row.by;
    EXPECT_EQ(back->from, down);
    EXPECT_EQ(back->to, recovering);
    EXPECT_EQ(back->cause, Cause::answers_again);
  }
}

TEST(HealthDown, late_answers_do_not_clear_a_suspicion) {
  Health health = stalled(at(500ms));
  EXPECT_FALSE(health.observe(delta({.late = 100}, at(2500ms)), at(2500ms)));
  EXPECT_EQ(health.successes_running(), 0U);
}

TEST(HealthDown, failures_that_nobody_could_prove_wait_for_a_probes_word) {
  const auto doubtful = [] {
    Health health(FailoverPolicy{}, at(0s));
    health.probe_started();
    EvidenceDelta d;
    d.unproven = 12;
    EXPECT_FALSE(health.observe(d, at(1s)));
    EXPECT_TRUE(health.probe_wanted());
    EXPECT_EQ(health.samples(), 0U);
    return health;
  };
  Health guilty = doubtful();
  (void)guilty.probe_failed(false, at(2s), at(2s));
  EXPECT_EQ(guilty.samples(), 13U);
  EXPECT_EQ(guilty.wants_down(at(2s)), Ejection::soft);

  Health acquitted = doubtful();
  (void)acquitted.probe_answered(10ms, at(2s));
  (void)acquitted.probe_failed(false, at(30s), at(30s));
  EXPECT_EQ(acquitted.samples(), 1U);

  Health busy = doubtful();
  (void)busy.observe(delta({.good = 1}, at(2s)), at(2s));
  (void)busy.probe_failed(false, at(30s), at(30s));
  EXPECT_EQ(busy.samples(), 2U);
}

TEST(HealthDown, what_was_the_questions_fault_is_taken_back) {
  Health health(FailoverPolicy{}, at(0s));
  (void)health.observe(delta({.bad = 9}, at(1s)), at(1s));
  EvidenceDelta back;
  back.retracted = 9;
  back.bad = 1;
  EXPECT_FALSE(health.observe(back, at(1s)));
  EXPECT_DOUBLE_EQ(health.good_ratio(), 0.9);
}

TEST(HealthDown, forgets_everything_when_the_network_changes) {
  Health health = ejected(at(3s));
  health.probe_started();
  health.forget(Cause::network_change, at(4s));
  EXPECT_EQ(health.state(), up);
  EXPECT_EQ(health.cause(), Cause::network_change);
  EXPECT_EQ(health.since(), at(4s));
  EXPECT_TRUE(health.probe_wanted());
  EXPECT_EQ(health.samples(), 0U);
  EXPECT_EQ(health.last_accepted(), kNever);
  (void)health.probe_failed(true, at(5s), at(6s));
  EXPECT_EQ(health.wants_down(at(6s)), Ejection::none);  // the old silence is forgotten, too
  EXPECT_EQ(health.wants_down(at(7s)), Ejection::hard);
}

TEST(HealthDown, restores_a_saved_state_as_no_more_than_doubt) {
  for (const HealthState saved : {up, suspect, down, recovering}) {
    Health health(FailoverPolicy{}, at(0s));
    health.restore(saved, at(1s));
    EXPECT_EQ(health.state(), saved == up ? up : suspect);
    EXPECT_EQ(health.cause(), saved == up ? Cause::start : Cause::saved);
    EXPECT_EQ(health.wants_down(at(99s)), Ejection::none);
  }
}

TEST(HealthDown, weighs_a_burst_by_its_mix_not_by_its_order) {
  Health health(FailoverPolicy{}, at(0s));
  // Far more than the window in one tick: 95 in 100 were good.
  EXPECT_FALSE(health.observe(delta({.good = 9500, .bad = 500, .failed = 500}, at(1s)), at(1s)));
  EXPECT_NEAR(health.good_ratio(), 0.95, 0.02);
  EXPECT_TRUE(health.observe(delta({.good = 7000, .bad = 3000, .failed = 3000}, at(2s)), at(2s)));
  EXPECT_NEAR(health.good_ratio(), 0.70, 0.02);
}

}  // namespace
}  // namespace holdfast
