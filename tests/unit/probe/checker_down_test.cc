// The checker across upstreams: who may go down, on what evidence, and how fast.
#include <gtest/gtest.h>

#include "tests/unit/probe/checker_rig.h"

namespace holdfast {
namespace {

using test::CheckerRig;

constexpr TimePoint at(Duration d) {
  return TimePoint(d);
}

std::size_t down_count(const CheckerRig& rig, std::size_t count) {
  std::size_t down = 0;
  for (std::size_t i = 0; i < count; ++i)
    down += rig.state(i) == HealthState::down ? 1U : 0U;
  return down;
}

/// All probes of all upstreams are answered with SERVFAIL, and all queries fail.
void all_fail_until(CheckerRig& rig, std::size_t count, TimePoint end) {
  rig.rcode = 2;
  while (rig.now < end) {
    for (std::size_t i = 0; i < count; ++i)
      rig.saw_failing(i);
    rig.run_until(std::min(rig.now + 200ms, end));
  }
}

TEST(CheckerDown, silence_takes_all_down_however_few_are_left) {
  CheckerRig rig(2, 2);
  rig.silent = {0, 1};
  rig.run_until(at(1900ms));
  EXPECT_EQ(down_count(rig, 2), 0U);
  const std::uint32_t epoch = rig.board.epoch();
  rig.run_until(at(4s));
  EXPECT_EQ(down_count(rig, 2), 2U);
  EXPECT_EQ(rig.board.epoch(), epoch + 2);
  EXPECT_EQ(rig.checker.usable_count(rig.snapshot->routes.routes()[0]), 0U);
}

TEST(CheckerDown, soft_evidence_takes_one_provider_down_per_interval) {
  CheckerRig rig(4);
  rig.run_until(at(100ms));
  all_fail_until(rig, 4, at(1s));
  EXPECT_EQ(down_count(rig, 4), 1U);
  all_fail_until(rig, 4, at(5s));
  EXPECT_EQ(down_count(rig, 4), 1U);
  all_fail_until(rig, 4, at(6s));
  EXPECT_EQ(down_count(rig, 4), 2U);
}

TEST(CheckerDown, upstreams_of_one_provider_leave_together) {
  CheckerRig rig(3);
  auto next = std::make_shared<Snapshot>(*rig.snapshot);
  for (const std::size_t number : {0U, 1U}) {
    Upstream same = *next->upstreams[number];
    same.provider = ProviderId{9};
    next->upstreams[number] = std::make_shared<const Upstream>(same);
  }
  rig.checker.adopt(next, rig.now);
  rig.run_until(at(100ms));
  all_fail_until(rig, 3, at(1s));
  EXPECT_EQ(rig.state(0), HealthState::down);
  EXPECT_EQ(rig.state(1), HealthState::down);
  EXPECT_EQ(rig.state(2), HealthState::suspect);
}

TEST(CheckerDown, soft_evidence_never_breaks_a_routes_floor) {
  struct Row {
    unsigned min_usable;
    std::size_t down;
  };

  for (const Row& row : {Row{1, 3}, Row{2, 2}, Row{3, 1}, Row{4, 0}}) {
    CheckerRig rig(4, row.min_usable);
    rig.run_until(at(100ms));
    all_fail_until(rig, 4, at(1min));
    EXPECT_EQ(down_count(rig, 4), row.down) << row.min_usable;
  }
}

TEST(CheckerDown, the_operators_word_counts_towards_the_floor) {
  CheckerRig rig(3, 2);
  rig.checker.force(UpstreamId{0}, Forced::down, kForever, rig.now);
  rig.run_until(at(100ms));
  all_fail_until(rig, 3, at(30s));
  EXPECT_EQ(down_count(rig, 3), 0U);  // two are left, and two must stay
}

TEST(CheckerDown, one_that_is_down_is_probed_1_2_4_8_15) {
  CheckerRig rig(2);
  rig.silent = {0};
  rig.traits.set_edns(UpstreamId{0}, UpstreamTraits::Edns::works);
  rig.run_until(at(4s));
  ASSERT_EQ(rig.state(0), HealthState::down);
  const std::size_t before = rig.probes_of(0);
  rig.run_until(rig.checker.status(rig.now)[0].since + 10s);
  EXPECT_GE(rig.probes_of(0), before + 2);  // what failed before it went down does not count
  rig.run_until(at(100s));
  std::vector<TimePoint> times;
  for (const auto& started : rig.transport.started) {
    if (started.upstream == UpstreamId{0}) times.push_back(started.at);
  }
  // Each is a second in flight; ± a fifth, and a tick.
  const Duration last = times[times.size() - 1] - times[times.size() - 2];
  EXPECT_GE(last, 13s);
  EXPECT_LE(last, 19'050ms);
  EXPECT_GE(times.size(), 9U);
  EXPECT_LE(times.size(), 14U);
}

TEST(CheckerDown, while_a_route_has_nobody_probes_come_every_two_seconds) {
  CheckerRig rig(1);
  rig.silent = {0};
  rig.traits.set_edns(UpstreamId{0}, UpstreamTraits::Edns::works);
  rig.run_until(at(60s));
  const std::size_t before = rig.probes_of(0);
  rig.run_until(at(120s));
  EXPECT_GE(rig.probes_of(0) - before, 17U);  // a second of silence and at most 2.4 s
}

TEST(CheckerDown, comes_back_by_probes_through_slow_start) {
  CheckerRig rig(2);
  rig.silent = {0};
  rig.run_until(at(5s));
  ASSERT_EQ(rig.state(0), HealthState::down);
  (void)rig.take_events();
  const std::uint32_t epoch = rig.board.epoch();
  rig.silent.clear();
  rig.run_until(at(14s));
  EXPECT_EQ(rig.state(0), HealthState::recovering);
  EXPECT_LT(rig.board.read(UpstreamId{0}).share, 0.5F);
  rig.run_until(at(45s));
  EXPECT_EQ(rig.state(0), HealthState::up);
  EXPECT_EQ(rig.take_events(), (std::vector<std::string>{"u0 down>recovering answers_again",
                                                         "u0 recovering>up slow_start_done"}));
  EXPECT_EQ(rig.board.epoch(), epoch + 2);
}

TEST(CheckerDown, a_probe_that_could_not_be_sent_proves_nothing) {
  CheckerRig rig(1);
  rig.transport.refuses = true;
  rig.run_until(at(2min));
  EXPECT_EQ(rig.state(0), HealthState::up);
  EXPECT_EQ(rig.checker.probes_failed(UpstreamId{0}), 0U);
  EXPECT_TRUE(rig.take_events().empty());
}

}  // namespace
}  // namespace holdfast
