// The checker's everyday work: evidence in, probes out, the operator's word, new configurations.
#include "probe/checker.h"

#include <gtest/gtest.h>

#include "tests/unit/probe/checker_rig.h"

namespace holdfast {
namespace {

using test::CheckerRig;
using Lines = std::vector<std::string>;

constexpr TimePoint at(Duration d) {
  return TimePoint(d);
}

TEST(Checker, probes_each_upstream_at_once_and_then_every_interval) {
  CheckerRig rig(2);
  rig.run_until(at(0s));
  EXPECT_EQ(rig.probes_of(0), 1U);
  EXPECT_EQ(rig.probes_of(1), 1U);
  rig.run_until(at(23s));
  EXPECT_EQ(rig.probes_of(0), 1U);
  rig.run_until(at(300s));
  EXPECT_GE(rig.probes_of(0), 8U);
  EXPECT_LE(rig.probes_of(0), 14U);
  EXPECT_EQ(rig.checker.probes_sent(UpstreamId{0}), rig.probes_of(0));
  EXPECT_EQ(rig.checker.probes_failed(UpstreamId{0}), 0U);
  EXPECT_EQ(rig.checker.last_tick(), at(300s));
}

TEST(Checker, takes_saved_trouble_as_doubt_while_nothing_else_is_known) {
  const auto state_of = [](CheckerRig& rig) { return rig.board.read(UpstreamId{0}).state; };
  CheckerRig young(2);
  young.checker.restore("u0", HealthState::down, 5min, young.now);
  EXPECT_EQ(state_of(young), HealthState::suspect);
  EXPECT_EQ(young.board.read(UpstreamId{1}).state, HealthState::up);
  const auto events = young.checker.take_events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].cause, Cause::saved);
  CheckerRig old(2);
  old.checker.restore("u0", HealthState::down, 5min + 1s, old.now);
  EXPECT_EQ(state_of(old), HealthState::up);
  CheckerRig well(2);
  well.checker.restore("u0", HealthState::up, 1s, well.now);
  EXPECT_EQ(state_of(well), HealthState::up);
  CheckerRig known(2);
  known.run_until(at(1s));  // it answered its first probe
  known.checker.restore("u0", HealthState::down, 1s, known.now);
  EXPECT_EQ(state_of(known), HealthState::up);
}

TEST(Checker, does_not_probe_while_real_queries_succeed) {
  CheckerRig rig(1);
  rig.run_until(at(0s));
  while (rig.now < at(300s)) {
    rig.saw(0, 1, 0);
    rig.run_until(rig.now + 1s);
  }
  EXPECT_EQ(rig.probes_of(0), 1U);
  rig.run_until(rig.now + 37s);
  EXPECT_EQ(rig.probes_of(0), 2U);
}

TEST(Checker, reads_evidence_by_differences_and_publishes) {
  CheckerRig rig(1);
  const std::uint32_t epoch = rig.board.epoch();
  rig.run_until(at(1s));
  rig.evidence.of(UpstreamId{0}).stalls.add();
  rig.silent.insert(0);
  rig.run_until(at(1050ms));
  EXPECT_EQ(rig.state(0), HealthState::suspect);
  EXPECT_EQ(rig.probes_of(0), 2U);  // a doubt is settled at once
  rig.saw(0, 1, 0);
  rig.run_until(at(1100ms));
  EXPECT_EQ(rig.state(0), HealthState::up);
  rig.run_until(at(1500ms));  // the old stall is not read twice
  EXPECT_EQ(rig.state(0), HealthState::up);
  EXPECT_EQ(rig.take_events(), (Lines{"u0 up>suspect overdue", "u0 suspect>up answers_again"}));
  EXPECT_EQ(rig.take_events(), Lines{});
  EXPECT_EQ(rig.board.epoch(), epoch);  // a short stall is no news to questions that failed
}

TEST(Checker, sums_the_evidence_of_all_workers) {
  CheckerRig rig(1);
  EvidenceBook second;
  rig.checker.watch(second);
  rig.checker.adopt(rig.snapshot, rig.now);
  rig.saw(0, 5, 1);
  second.of(UpstreamId{0}).bad.add(4);
  rig.run_until(at(0s));
  EXPECT_EQ(rig.take_events(), Lines{"u0 up>suspect low_ratio"});
  EXPECT_EQ(rig.checker.status(rig.now)[0].samples, 10U);
  EXPECT_DOUBLE_EQ(rig.checker.status(rig.now)[0].good_ratio, 0.5);
}

TEST(Checker, publishes_measured_round_trips) {
  CheckerRig rig(1);
  for (int i = 0; i < 30; ++i)
    rig.evidence.of(UpstreamId{0}).rtt.record(10ms);
  rig.run_until(at(50ms));
  const HealthView view = rig.board.read(UpstreamId{0});
  EXPECT_TRUE(view.measured);
  EXPECT_EQ(view.p95, Histogram::upper_bound(Histogram::bucket_of(10ms)));
}

TEST(Checker, the_operators_word_stands_until_its_time_is_over) {
  CheckerRig rig(2);
  rig.run_until(at(1s));
  const std::uint32_t epoch = rig.board.epoch();
  rig.checker.force(UpstreamId{0}, Forced::down, at(10s), rig.now);
  EXPECT_FALSE(rig.board.read(UpstreamId{0}).usable());
  EXPECT_EQ(rig.board.epoch(), epoch + 1);
  EXPECT_EQ(rig.checker.usable_count(rig.snapshot->routes.routes()[0]), 1U);
  EXPECT_EQ(rig.checker.status(rig.now)[0].forced_until, at(10s));
  rig.run_until(at(9950ms));
  EXPECT_EQ(rig.board.read(UpstreamId{0}).forced, Forced::down);
  rig.run_until(at(10s));
  EXPECT_EQ(rig.board.read(UpstreamId{0}).forced, Forced::automatic);
  EXPECT_EQ(rig.board.epoch(), epoch + 2);
}

TEST(Checker, without_a_time_only_the_operator_takes_it_back) {
  CheckerRig rig(1);
  rig.checker.force(UpstreamId{0}, Forced::up, kForever, rig.now);
  rig.checker.force(UpstreamId{77}, Forced::up, kForever, rig.now);  // there is none
  rig.run_until(at(1min));
  EXPECT_EQ(rig.board.read(UpstreamId{0}).forced, Forced::up);
  rig.checker.force(UpstreamId{0}, Forced::automatic, at(99s), rig.now);
  EXPECT_EQ(rig.board.read(UpstreamId{0}).forced, Forced::automatic);
  EXPECT_EQ(rig.checker.status(rig.now)[0].forced_until, kForever);
}

TEST(Checker, keeps_the_health_of_a_server_that_stays) {
  CheckerRig rig(2);
  rig.run_until(at(1s));
  for (const std::size_t number : {0U, 1U}) {
    rig.silent.insert(number);
    rig.evidence.of(static_cast<UpstreamId>(number)).stalls.add();
    rig.traits.set_edns(static_cast<UpstreamId>(number), UpstreamTraits::Edns::off);
  }
  rig.run_until(at(1100ms));
  auto next = std::make_shared<Snapshot>(*rig.snapshot);
  next->upstreams[1] = CheckerRig::upstream(1, 5353);
  rig.checker.adopt(next, rig.now);
  EXPECT_EQ(rig.state(0), HealthState::suspect);
  EXPECT_EQ(rig.traits.edns(UpstreamId{0}), UpstreamTraits::Edns::off);
  EXPECT_EQ(rig.state(1), HealthState::up);  // another server: nothing is known
  EXPECT_EQ(rig.traits.edns(UpstreamId{1}), UpstreamTraits::Edns::unknown);
}

TEST(Checker, drops_a_retired_upstream_and_its_probe) {
  CheckerRig rig(2);
  rig.silent.insert(1);
  rig.run_until(at(0s));
  auto next = std::make_shared<Snapshot>(*rig.snapshot);
  next->upstreams[1] = nullptr;
  rig.checker.adopt(next, rig.now);
  EXPECT_EQ(rig.transport.cancelled.size(), 1U);
  EXPECT_EQ(rig.checker.status(rig.now).size(), 1U);
  EXPECT_EQ(rig.checker.probes_sent(UpstreamId{1}), 0U);
}

TEST(Checker, a_changed_network_means_that_nothing_is_known) {
  CheckerRig rig(2);
  rig.run_until(at(1s));
  rig.saw_failing(0);
  rig.silent.insert(0);
  rig.run_until(at(1100ms));
  EXPECT_EQ(rig.state(0), HealthState::suspect);
  const std::uint32_t epoch = rig.board.epoch();
  const std::size_t probes = rig.probes_of(0) + rig.probes_of(1);
  rig.checker.network_changed(rig.now);
  EXPECT_EQ(rig.state(0), HealthState::up);
  EXPECT_EQ(rig.board.epoch(), epoch + 1);
  rig.run_until(rig.now + 50ms);
  EXPECT_EQ(rig.probes_of(0) + rig.probes_of(1), probes + 2);
}

TEST(Checker, an_upstream_without_an_address_is_down_until_it_has_one) {
  CheckerRig rig(2);
  rig.take_events();
  bool found = false;
  rig.checker.set_hindrance([&](const Upstream& upstream) -> std::optional<Cause> {
    if (found || upstream.name != "u0") return std::nullopt;
    return Cause::no_address;
  });
  rig.checker.adopt(rig.snapshot, rig.now);
  EXPECT_FALSE(rig.board.read(UpstreamId{0}).usable()) << "at once, not with the next tick";
  EXPECT_EQ(rig.checker.usable_count(rig.snapshot->routes.routes().front()), 1U);
  rig.run_until(at(60s));
  EXPECT_EQ(rig.probes_of(0), 0U) << "there is nowhere to send them";
  EXPECT_EQ(rig.checker.status(rig.now)[0].cause, Cause::no_address);
  EXPECT_EQ(rig.checker.status(rig.now)[0].next_probe, kForever);
  rig.checker.network_changed(rig.now);
  EXPECT_EQ(rig.state(0), HealthState::down) << "that does not tell where it is";
  rig.saw(0, 5, 0);  // late answers to what was sent before prove nothing
  rig.run_until(rig.now + 1s);
  EXPECT_EQ(rig.state(0), HealthState::down);

  found = true;
  const std::uint32_t epoch = rig.board.epoch();
  rig.run_until(rig.now + 50ms);
  EXPECT_EQ(rig.state(0), HealthState::up);
  EXPECT_EQ(rig.probes_of(0), 1U);
  EXPECT_EQ(rig.board.epoch(), epoch + 1) << "remembered failures end";
  EXPECT_EQ(rig.take_events(), (Lines{"u0 up>down no_address", "u0 down>up address_found"}));
}

TEST(Checker, an_upstream_that_leads_back_is_never_asked) {
  CheckerRig rig(2);
  rig.run_until(at(1s));
  rig.take_events();
  bool looping = true;
  rig.checker.set_hindrance([&](const Upstream& upstream) -> std::optional<Cause> {
    if (!looping || upstream.name != "u0") return std::nullopt;
    return Cause::loop;
  });
  rig.run_until(at(60s));
  rig.checker.force(UpstreamId{0}, Forced::up, kForever, rig.now);
  EXPECT_TRUE(rig.board.read(UpstreamId{0}).never_asked());
  EXPECT_FALSE(rig.board.read(UpstreamId{0}).usable()) << "the operator cannot want that";
  EXPECT_EQ(rig.probes_of(0), 1U);
  looping = false;
  rig.run_until(at(61s));
  EXPECT_TRUE(rig.board.read(UpstreamId{0}).usable());
  EXPECT_EQ(rig.probes_of(0), 2U) << "at once";
  EXPECT_EQ(rig.take_events(), (Lines{"u0 up>down loop", "u0 down>up loop_over"}));
}

TEST(Checker, status_tells_the_last_probe) {
  CheckerRig rig(1);
  EXPECT_FALSE(rig.checker.status(rig.now)[0].last_probe_outcome);
  rig.rcode = 2;
  rig.run_until(at(0s));
  const UpstreamStatus status = rig.checker.status(rig.now)[0];
  EXPECT_EQ(status.name, "u0");
  EXPECT_EQ(status.last_probe, at(0s));
  EXPECT_EQ(status.last_probe_outcome, Outcome::servfail);
  EXPECT_EQ(rig.checker.probes_failed(UpstreamId{0}), 1U);
}

}  // namespace
}  // namespace holdfast
