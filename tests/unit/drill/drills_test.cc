#include "drill/drills.h"

#include <gtest/gtest.h>

#include "tests/unit/drill/drill_rig.h"

namespace holdfast {
namespace {

using test::kAlpha;
using test::kCloud;

class DrillsTest : public testing::Test {
 protected:
  DrillVerdict plan(const DrillOrder& order) { return plan_drill(order, packs_, *snapshot_); }

  std::string refused(const DrillOrder& order) {
    const DrillVerdict verdict = plan(order);
    EXPECT_FALSE(verdict.error.empty());
    return verdict.error;
  }

  static DrillOrder order() {
    DrillOrder made;
    made.provider = "cloud";
    made.mode = DrillMode::timeout;
    made.length = 60s;
    return made;
  }

  const DrillReport* start(const DrillOrder& wanted) {
    const DrillVerdict verdict = plan(wanted);
    EXPECT_EQ(verdict.error, "");
    return drills_.start(verdict.plan, now_, WallTime{}, error_);
  }

  /// A second in which clients had so many answers and failures.
  void second(std::uint64_t answered, std::uint64_t failed) {
    now_ += 1s;
    sample_.queries += answered + failed;
    sample_.answered += answered;
    sample_.failed += failed;
    sample_.lookups[Histogram::bucket_of(10ms)] += answered;
    drills_.follow(now_, over_);
    drills_.count(sample_, now_, over_);
  }

  std::shared_ptr<Snapshot> snapshot_ = test::drill_snapshot();
  std::vector<DrillPack> packs_;
  DrillBoard board_;
  Drills drills_{board_};
  DrillSample sample_;
  TimePoint now_{1000s};
  std::string error_;
  std::vector<DrillEnd> ends_;

  struct Over {
    std::vector<DrillEnd>* ends;

    void operator()(const DrillReport& report) const { ends->push_back(report.end); }
  } over_{&ends_};
};

TEST_F(DrillsTest, a_drill_is_on_the_board_until_its_time_is_over) {
  EXPECT_FALSE(board_.active());
  const DrillReport* report = start(order());
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->id, 1U);
  EXPECT_TRUE(board_.active());
  EXPECT_EQ(board_.find(kCloud, now_)->mode, DrillMode::timeout);
  EXPECT_FALSE(board_.find(kAlpha, now_));
  EXPECT_FALSE(board_.find(kCloud, now_ + 60s)) << "the control thread may be stuck";
  for (int i = 0; i < 60; ++i)
    second(10, 0);
  EXPECT_EQ(ends_, std::vector{DrillEnd::time_over});
  EXPECT_FALSE(board_.active());
  EXPECT_EQ(drills_.running(), nullptr);
  EXPECT_EQ(drills_.find(1)->during.length, 60s);
}

TEST_F(DrillsTest, it_aborts_itself_when_clients_fail) {
  for (int i = 0; i < 30; ++i)
    second(100, 0);
  ASSERT_NE(start(order()), nullptr);
  second(100, 4);
  second(100, 4);
  EXPECT_TRUE(ends_.empty()) << "3.8 %";
  second(100, 10);
  EXPECT_EQ(ends_, std::vector{DrillEnd::aborted});
  EXPECT_FALSE(board_.active());
  EXPECT_EQ(drills_.find(0)->why, "5.7 % of clients' queries failed, 18 of 318");
  EXPECT_EQ(drills_.find(0)->before.counted.answered, 2900U);
}

TEST_F(DrillsTest, a_single_unlucky_name_aborts_nothing) {
  ASSERT_NE(start(order()), nullptr);
  second(3, 1);
  EXPECT_TRUE(ends_.empty());
}

TEST_F(DrillsTest, failures_that_are_over_are_forgotten) {
  DrillOrder wanted = order();
  wanted.abort_above = 20;
  ASSERT_NE(start(wanted), nullptr);
  second(100, 20);
  for (int i = 0; i < 12; ++i)
    second(1, 0);
  second(10, 3);
  EXPECT_TRUE(ends_.empty());
}

TEST_F(DrillsTest, one_at_a_time_and_it_can_be_stopped) {
  ASSERT_NE(start(order()), nullptr);
  EXPECT_EQ(start(order()), nullptr);
  EXPECT_NE(error_.find("drill 1 runs"), std::string::npos);
  EXPECT_FALSE(drills_.end(2, DrillEnd::stopped, now_, over_));
  EXPECT_TRUE(drills_.end(1, DrillEnd::stopped, now_, over_));
  EXPECT_FALSE(drills_.end(0, DrillEnd::stopped, now_, over_));
  EXPECT_FALSE(board_.active());
  EXPECT_NE(start(order()), nullptr);
  EXPECT_EQ(drills_.list().size(), 2U);
  EXPECT_EQ(drills_.list().front()->id, 2U);
}

TEST_F(DrillsTest, reports_are_final_when_traffic_is_back) {
  ASSERT_NE(start(order()), nullptr);
  now_ += 300ms;
  drills_.moved(".", false, now_);
  for (int i = 0; i < 60; ++i)
    second(10, 0);
  EXPECT_FALSE(drills_.find(1)->final);
  for (int i = 0; i < 30; ++i)
    second(10, 0);
  EXPECT_FALSE(drills_.find(1)->final);
  drills_.moved(".", true, now_);
  second(10, 0);
  const DrillReport& report = *drills_.find(1);
  EXPECT_TRUE(report.final);
  ASSERT_EQ(report.moves.size(), 1U);
  EXPECT_EQ(report.moves[0].failover, 300ms);
  EXPECT_GE(report.moves[0].failback, 30s);
  EXPECT_EQ(report.after.counted.answered, 320U);  // the end is counted a second back
  ASSERT_TRUE(report.after.percentile(0.99));
  EXPECT_LT(*report.after.percentile(0.99), 15ms);
}

TEST_F(DrillsTest, a_pack_is_steps_in_time) {
  DrillPack pack{"flap", "", "", false, {}};
  pack.steps = {{0s, 40s, 20s, 10s, {DrillMode::timeout, 100, {}}, {}}};
  packs_.push_back(pack);
  DrillOrder wanted;
  wanted.pack = "flap";
  wanted.length = 80s;  // twice as slow
  ASSERT_NE(start(wanted), nullptr);
  EXPECT_EQ(drills_.running()->plan.order.provider, "cloud") << "whom `.` prefers";
  EXPECT_TRUE(board_.find(kCloud, now_));
  for (int i = 0; i < 20; ++i)
    second(1, 0);
  EXPECT_FALSE(board_.find(kCloud, now_));
  for (int i = 0; i < 20; ++i)
    second(1, 0);
  EXPECT_TRUE(board_.find(kCloud, now_));
}

TEST_F(DrillsTest, mistakes_are_told_before_anything_is_done) {
  const auto with = [](auto change) {
    DrillOrder changed = order();
    change(changed);
    return changed;
  };
  EXPECT_NE(refused(with([](auto& o) { o.provider = "nimbus"; })).find("cloud, alpha"),
            std::string::npos);
  for (const char* nobody : {"", ",", ",,"}) {
    EXPECT_NE(refused(with([&](auto& o) { o.provider = nobody; })).find("--provider; there are"),
              std::string::npos)
        << nobody;
  }
  EXPECT_NE(refused(with([](auto& o) { o.mode.reset(); })).find("servfail"), std::string::npos);
  EXPECT_NE(refused(with([](auto& o) { o.length.reset(); })).find("--for"), std::string::npos);
  EXPECT_NE(refused(with([](auto& o) { o.length = 2h; })).find("1h"), std::string::npos);
  EXPECT_NE(refused(with([](auto& o) { o.length = 0s; })).find("1s"), std::string::npos);
  EXPECT_NE(refused(with([](auto& o) { o.percent = 0; })).find("1 to 100"), std::string::npos);
  EXPECT_NE(refused(with([](auto& o) { o.percent = 101; })).find("1 to 100"), std::string::npos);
  EXPECT_NE(refused(with([](auto& o) { o.abort_above = 0; })).find("abort"), std::string::npos);
  EXPECT_NE(refused(with([](auto& o) { o.delay = 1h; })).find("delay"), std::string::npos);
  EXPECT_NE(refused(with([](auto& o) { o.route = "example"; })).find("no route"),
            std::string::npos);
  EXPECT_NE(refused(with([](auto& o) {
              o.route = "corp.internal";
              o.provider = "alpha";
            })).find("has no upstream"),
            std::string::npos);
  EXPECT_NE(refused(with([](auto& o) { o.pack = "flood-1953"; })).find("no pack"),
            std::string::npos);
  EXPECT_FALSE(board_.active());
}

TEST_F(DrillsTest, a_route_is_left_without_anybody_only_by_force) {
  DrillOrder both = order();
  both.provider = "cloud,alpha";
  EXPECT_NE(refused(both).find("--force"), std::string::npos);
  EXPECT_EQ(plan(both).details,
            std::vector<std::string>{"route . has nobody left of cloud, alpha"});
  both.force = true;
  EXPECT_EQ(plan(both).error, "");
  both.force = false;
  both.percent = 50;
  EXPECT_EQ(plan(both).error, "") << "half of it still answers";
}

TEST_F(DrillsTest, a_private_route_is_broken_only_by_name_and_by_force) {
  const DrillVerdict open = plan(order());
  ASSERT_EQ(open.plan.routes.size(), 2U);
  EXPECT_TRUE(open.plan.routes[0].reached);
  EXPECT_EQ(open.plan.routes[0].left, std::vector<std::string>{"alpha"});
  EXPECT_FALSE(open.plan.routes[1].reached);
  DrillOrder named = order();
  named.route = "corp.internal";
  EXPECT_NE(refused(named).find("--force"), std::string::npos);
  EXPECT_NE(plan(named).details.at(0).find("private route corp.internal"), std::string::npos);
  named.force = true;
  EXPECT_EQ(plan(named).error, "");
  snapshot_->routes =
      RouteTable({test::drill_route("corp.internal", {{kCloud}}, Visibility::private_view)});
  EXPECT_NE(refused(order()).find("private routes only"), std::string::npos);
}

TEST_F(DrillsTest, a_pack_that_leaves_nobody_is_no_force_on_a_private_route) {
  DrillPack pack{"blackout", "", "", true, {}};
  pack.steps = {{0s, 60s, {}, {}, {DrillMode::timeout, 100, {}}, DrillStep::Whom::everybody}};
  packs_.push_back(pack);
  DrillOrder wanted;
  wanted.pack = "blackout";
  EXPECT_EQ(plan(wanted).error, "");
  wanted.route = "corp.internal";
  EXPECT_NE(refused(wanted).find("--force"), std::string::npos);
  wanted.force = true;
  EXPECT_EQ(plan(wanted).error, "");
}

TEST_F(DrillsTest, what_cannot_be_done_to_a_running_daemon_says_so) {
  packs_.push_back({"reboot", "", "a drill ends with the process", false, {}});
  DrillOrder wanted;
  wanted.pack = "reboot";
  EXPECT_NE(refused(wanted).find("a drill ends with the process"), std::string::npos);
}

}  // namespace
}  // namespace holdfast
