#include "timeline/route_watch.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

/// Three upstreams: a (0), b (1), c (2); a route [a b] [c].
class RouteWatchTest : public testing::Test {
 protected:
  RouteWatchTest() : upstreams_{{{"a", {}, ""}, {"b", {}, ""}, {"c", {}, ""}}} {
    Route route;
    route.label = ".";
    route.tiers = {{UpstreamId{0}, UpstreamId{1}}, {UpstreamId{2}}};
    routes_.push_back(route);
  }

  void set(std::size_t which, HealthState state, std::string cause = "silent") {
    upstreams_[which].view.state = state;
    upstreams_[which].cause = std::move(cause);
  }

  /// One line for each event: "kind: cause; evidence".
  std::vector<std::string> look() {
    std::vector<std::string> told;
    now_ += 1s;
    watch_.look(
        routes_, now_, [this](UpstreamId id) { return upstreams_[index(id)]; },
        [&told](const TimelineEvent& event) {
          EXPECT_EQ(event.subject, ".");
          told.push_back(std::string(to_string(event.kind)) + ": " + event.cause + "; " +
                         event.evidence);
        });
    return told;
  }

  using Lines = std::vector<std::string>;
  std::array<WatchedUpstream, 3> upstreams_;
  std::vector<Route> routes_;
  RouteWatch watch_;
  TimePoint now_{100s};
};

TEST_F(RouteWatchTest, says_nothing_while_all_is_well) {
  EXPECT_EQ(look(), Lines{});
  EXPECT_EQ(look(), Lines{});
}

TEST_F(RouteWatchTest, tells_of_the_way_out_and_the_way_back) {
  EXPECT_EQ(look(), Lines{});
  set(0, HealthState::suspect, "overdue");
  EXPECT_EQ(look(), Lines{"failover: a is suspect (overdue); tier 1 (a) -> tier 1 (b)"});
  set(0, HealthState::down);
  EXPECT_EQ(look(), Lines{});
  set(1, HealthState::down);
  EXPECT_EQ(look(), Lines{"failover: a is down (silent); tier 1 (b) -> tier 2 (c)"});
  set(0, HealthState::recovering, "answers_again");
  EXPECT_EQ(look(), Lines{});
  set(0, HealthState::up, "slow_start_done");
  EXPECT_EQ(look(), Lines{"failback: a is up (slow_start_done); after 4s"});
}

TEST_F(RouteWatchTest, with_nobody_left_it_says_so_and_that_it_panics) {
  for (const std::size_t which : {0U, 1U, 2U})
    set(which, HealthState::down);
  EXPECT_EQ(look(), (Lines{"failover: a is down (silent); nobody is left",
                           "panic: below its floor; 0 usable of at least 1"}));
  set(2, HealthState::recovering, "answers_again");
  EXPECT_EQ(look(), (Lines{"failover: a is down (silent); nobody -> tier 2 (c)",
                           "panic: over; 1 usable of at least 1"}));
  set(0, HealthState::up, "answers_again");
  EXPECT_EQ(look(), Lines{"failback: a is up (answers_again); after 2s"});
}

TEST_F(RouteWatchTest, the_operators_word_moves_traffic_too) {
  upstreams_[0].view.forced = Forced::down;
  EXPECT_EQ(look(), Lines{"failover: a is down (forced); tier 1 (a) -> tier 1 (b)"});
}

TEST_F(RouteWatchTest, where_the_fastest_is_asked_only_the_tier_counts) {
  routes_[0].policy = Policy::fastest;
  set(0, HealthState::down);
  EXPECT_EQ(look(), Lines{});
  set(1, HealthState::down);
  EXPECT_EQ(look(), Lines{"failover: a is down (silent); tier 1 (a, b) -> tier 2 (c)"});
}

TEST_F(RouteWatchTest, another_preference_is_no_failback) {
  set(0, HealthState::down);
  EXPECT_EQ(look().size(), 1U);
  routes_[0].tiers = {{UpstreamId{1}}};
  EXPECT_EQ(look(), Lines{});
}

TEST_F(RouteWatchTest, forgets_routes_that_are_gone_and_leaves_out_built_in_ones) {
  set(0, HealthState::down);
  EXPECT_EQ(look().size(), 1U);
  const auto kept = std::exchange(routes_, {});
  EXPECT_EQ(look(), Lines{});
  routes_ = kept;
  EXPECT_EQ(look().size(), 1U);  // news again
  routes_[0].builtin = true;
  EXPECT_EQ(look(), Lines{});
}

}  // namespace
}  // namespace holdfast
