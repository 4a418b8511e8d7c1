// The board of views: what is published is what is read.
#include "upstream/health_board.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using enum HealthState;

void expect_same(const HealthView& found, const HealthView& expected) {
  EXPECT_EQ(found.state, expected.state);
  EXPECT_EQ(found.forced, expected.forced);
  EXPECT_NEAR(found.share, expected.share, 0.0005);
  EXPECT_EQ(found.measured, expected.measured);
  EXPECT_EQ(found.p95, expected.p95);
  EXPECT_EQ(found.p99, expected.p99);
  EXPECT_EQ(found.srtt, expected.srtt);
}

TEST(HealthBoard, gives_back_what_was_published) {
  HealthBoard board{HealthView{}};
  std::uint16_t id = 0;
  for (const HealthState state : {up, suspect, down, recovering}) {
    for (const Forced forced : {Forced::automatic, Forced::up, Forced::down}) {
      for (const float share : {0.1F, 0.333F, 0.55F, 1.0F}) {
        const HealthView view{state, forced, share, 17ms, 230ms, 12ms, share < 0.5F};
        board.publish(UpstreamId{id}, view);
        expect_same(board.read(UpstreamId{id}), view);
        ++id;
      }
    }
  }
  expect_same(board.read(UpstreamId{id}), HealthView{});  // the others stay
}

TEST(HealthBoard, shows_the_initial_view_until_something_is_published) {
  HealthView initial;
  initial.p95 = initial.p99 = 100ms;
  initial.srtt = 80ms;
  const HealthBoard board(initial);
  expect_same(board.read(UpstreamId{0}), initial);
  expect_same(board.read(UpstreamId{kMaxUpstreams - 1}), initial);
}

TEST(HealthBoard, counts_epochs) {
  HealthBoard board{HealthView{}};
  const std::uint32_t before = board.epoch();
  board.publish(UpstreamId{0}, HealthView{.state = down});
  EXPECT_EQ(board.epoch(), before);
  board.advance_epoch();
  EXPECT_EQ(board.epoch(), before + 1);
}

TEST(HealthView, puts_the_operators_word_first) {
  struct Row {
    HealthState state;
    Forced forced;
    bool usable;
    HealthState effective;
  };

  const Row rows[] = {
      {up, Forced::automatic, true, up},
      {suspect, Forced::automatic, true, suspect},
      {down, Forced::automatic, false, down},
      {recovering, Forced::automatic, true, recovering},
      {up, Forced::up, true, up},
      {down, Forced::up, true, up},
      {suspect, Forced::up, true, up},
      {up, Forced::down, false, down},
      {recovering, Forced::down, false, down},
      {down, Forced::down, false, down},
  };
  for (const Row& row : rows) {
    const HealthView view{.state = row.state, .forced = row.forced};
    EXPECT_EQ(view.usable(), row.usable) << to_string(row.state) << to_string(row.forced);
    EXPECT_EQ(view.effective(), row.effective) << to_string(row.state) << to_string(row.forced);
    EXPECT_EQ(view.never_asked(), row.forced == Forced::down);
  }
}

TEST(HealthState, has_the_names_of_metrics_and_status) {
  EXPECT_STREQ(to_string(up), "up");
  EXPECT_STREQ(to_string(suspect), "suspect");
  EXPECT_STREQ(to_string(down), "down");
  EXPECT_STREQ(to_string(recovering), "recovering");
  EXPECT_STREQ(to_string(Forced::automatic), "auto");
  EXPECT_STREQ(to_string(Forced::up), "forced-up");
  EXPECT_STREQ(to_string(Forced::down), "forced-down");
}

}  // namespace
}  // namespace holdfast
