// Split-view names: the cloud's answer, and when the public may be asked.
#include <gtest/gtest.h>

#include "tests/unit/resolver/lookup_rig.h"

namespace holdfast {
namespace {

using test::LookupRig;

/// Candidates 0 and 1 are the cloud's, 2 is public in the next tier.
struct SplitRig : LookupRig {
  explicit SplitRig(bool allow_public) : LookupRig(3) {
    candidates[0].upstream_class = candidates[1].upstream_class = UpstreamClass::cloud;
    candidates[2].tier = 1;
    route.visibility = Visibility::split_view;
    route.allow_public_answers = allow_public;
  }
};

TEST(LookupView, never_asks_the_public_unless_allowed) {
  SplitRig rig(false);
  EXPECT_EQ(rig.start(), "0:first");
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "1:retry");
  EXPECT_EQ(rig.fail(1, Outcome::servfail), "");
  EXPECT_TRUE(rig.ended(Ending::exhausted));
}

TEST(LookupView, widens_to_the_public_once_the_cloud_has_failed) {
  SplitRig rig(true);
  EXPECT_EQ(rig.start(), "0:first");
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "1:retry");
  EXPECT_EQ(rig.fail(1, Outcome::servfail), "2:retry");
  (void)rig.answer(2);
  EXPECT_TRUE(rig.ended(Ending::answer));
  EXPECT_TRUE(rig.lookup.public_view());
}

TEST(LookupView, an_answer_of_the_cloud_is_no_public_one) {
  SplitRig rig(true);
  (void)rig.start();
  (void)rig.run_until(1s);
  EXPECT_EQ(rig.run_until(2s), "2:retry");
  (void)rig.answer(1);  // late
  EXPECT_TRUE(rig.ended(Ending::answer));
  EXPECT_FALSE(rig.lookup.public_view());
}

TEST(LookupView, does_not_widen_while_something_stale_is_held) {
  SplitRig rig(true);
  LookupPlan plan = rig.plan();
  plan.answer_held = true;
  EXPECT_EQ(rig.start(plan), "0:first");
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "1:retry");
  EXPECT_EQ(rig.fail(1, Outcome::servfail), "");
  EXPECT_TRUE(rig.ended(Ending::exhausted));
}

TEST(LookupView, doubt_about_the_cloud_is_no_reason_to_ask_the_public) {
  SplitRig rig(true);
  (void)rig.start();
  EXPECT_EQ(rig.suspect(0), "1:suspect");
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "");  // 1 is being asked
  EXPECT_EQ(rig.suspect(1), "");
  EXPECT_TRUE(rig.ended(Ending::running));
  EXPECT_EQ(rig.fail(1, Outcome::servfail), "2:suspect");  // now it has failed
}

TEST(LookupView, with_the_cloud_down_is_in_panic_or_asks_the_public) {
  struct Row {
    bool allow_public;
    const char* asks;
    bool panic;
  };

  for (const Row& row : {Row{false, "0:first", true}, Row{true, "2:first", false}}) {
    SplitRig rig(row.allow_public);
    rig.set_state(0, HealthState::down);
    rig.set_state(1, HealthState::down);
    EXPECT_EQ(rig.start(), row.asks);
    EXPECT_EQ(rig.lookup.panic(), row.panic);
    EXPECT_EQ(rig.lookup.stale_wanted(), row.panic);
  }
}

TEST(LookupView, a_name_known_to_be_private_is_treated_alike) {
  SplitRig rig(false);
  rig.route.visibility = Visibility::public_view;
  LookupPlan plan = rig.plan();
  plan.cloud_view_only = true;
  EXPECT_EQ(rig.start(plan), "0:first");
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "1:retry");
  EXPECT_EQ(rig.fail(1, Outcome::servfail), "");
  EXPECT_TRUE(rig.ended(Ending::exhausted));
}

TEST(LookupView, without_a_cloud_upstream_there_is_nothing_to_restrict) {
  LookupRig rig(2);
  rig.route.visibility = Visibility::split_view;
  EXPECT_EQ(rig.start(), "0:first");
  EXPECT_EQ(rig.fail(0, Outcome::servfail), "1:retry");
}

}  // namespace
}  // namespace holdfast
