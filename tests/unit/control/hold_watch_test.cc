#include "control/hold_watch.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

Hold hold(const std::string& name, TimePoint since) {
  Hold made;
  made.question.name = *dns::Name::parse(name);
  made.question.type = dns::RrType::a;
  made.route = ".";
  made.says = "liar";
  made.since = since;
  return made;
}

class HoldWatchTest : public testing::Test {
 protected:
  std::vector<TimelineEvent> look(const std::vector<Hold>& holds) {
    std::vector<TimelineEvent> told;
    now_ += 1s;
    watch_.look(
        holds, now_, [this](const dns::Question&) { return released_; },
        [&told](TimelineEvent event) { told.push_back(std::move(event)); });
    return told;
  }

  HoldWatch watch_;
  TimePoint now_{100s};
  bool released_ = false;
};

TEST_F(HoldWatchTest, tells_when_a_hold_begins_and_when_it_is_over) {
  const std::vector<Hold> holds{hold("www.example.org", now_)};
  auto told = look(holds);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, TimelineKind::hold);
  EXPECT_EQ(told[0].subject, ".");
  EXPECT_EQ(told[0].cause, "held: its only provider says it is gone");
  EXPECT_EQ(told[0].evidence, "liar denies it");
  EXPECT_EQ(told[0].name, "www.example.org A");
  EXPECT_TRUE(look(holds).empty());
  told = look({});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].cause, "no longer held");
  EXPECT_EQ(told[0].evidence, "held for 3s");
  EXPECT_TRUE(watch_.empty());
}

TEST_F(HoldWatchTest, knows_the_operators_word) {
  (void)look({hold("a.example", now_)});
  released_ = true;
  EXPECT_EQ(look({}).at(0).cause, "released by the operator");
}

TEST_F(HoldWatchTest, many_at_once_are_told_as_one) {
  std::vector<Hold> holds;
  for (int i = 0; i < 500; ++i)
    holds.push_back(hold("n" + std::to_string(i) + ".example", now_));
  auto told = look(holds);
  ASSERT_EQ(told.size(), HoldWatch::kMostRecords + 1);
  EXPECT_EQ(told.back().subject, "490 more");
  told = look({});
  ASSERT_EQ(told.size(), HoldWatch::kMostRecords + 1);
  EXPECT_EQ(told.back().cause, "no longer held");
}

}  // namespace
}  // namespace holdfast
