// The window of good and bad outcomes.
#include "upstream/good_window.h"

#include <algorithm>
#include <deque>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast {
namespace {

/// 'g' good, 'b' bad, 'r' retracts the latest bad one.
GoodWindow window_of(std::size_t size, std::string_view events) {
  GoodWindow window(size);
  for (const char event : events) {
    if (event == 'r') {
      (void)window.retract_bad();
    } else {
      window.push(event == 'g');
    }
  }
  return window;
}

TEST(GoodWindow, knows_the_good_share_of_what_it_remembers) {
  struct Row {
    std::size_t size;
    const char* events;
    std::size_t samples;
    double ratio;
  };

  const Row rows[] = {
      {4, "", 0, 1},          {4, "g", 1, 1},        {4, "b", 1, 0},        {4, "gb", 2, 0.5},
      {4, "ggbb", 4, 0.5},    {4, "bbbbg", 4, 0.25}, {4, "bbbbgggg", 4, 1}, {4, "ggggb", 4, 0.75},
      {1, "gb", 1, 0},        {0, "gb", 1, 0},       {4, "bbr", 2, 0.5},    {4, "bbrr", 2, 1},
      {4, "bgbgbr", 4, 0.75}, {4, "r", 0, 1},        {4, "ggr", 2, 1},
  };
  for (const Row& row : rows) {
    const GoodWindow window = window_of(row.size, row.events);
    EXPECT_EQ(window.samples(), row.samples) << row.events;
    EXPECT_DOUBLE_EQ(window.good_ratio(), row.ratio) << row.events;
  }
}

TEST(GoodWindow, retracts_the_latest_bad_one) {
  GoodWindow window = window_of(3, "bgb");
  EXPECT_TRUE(window.retract_bad());
  window.push(true);  // the oldest, a bad one, leaves
  EXPECT_DOUBLE_EQ(window.good_ratio(), 1);
  EXPECT_FALSE(window.retract_bad());
}

TEST(GoodWindow, speaks_only_with_enough_samples) {
  struct Row {
    const char* events;
    double min_samples;
    bool below_half;
  };

  const Row rows[] = {{"bbb", 4, false},
                      {"bbbb", 4, true},
                      {"ggbb", 4, false},  // the half itself is not below
                      {"gbbb", 4, true},
                      {"", 0, false}};
  for (const Row& row : rows) {
    EXPECT_EQ(window_of(8, row.events).below(0.5, row.min_samples), row.below_half) << row.events;
  }
}

TEST(GoodWindow, is_empty_once_cleared) {
  GoodWindow window = window_of(3, "bbbb");
  window.clear();
  EXPECT_EQ(window.samples(), 0U);
  EXPECT_EQ(window.capacity(), 3U);
  EXPECT_DOUBLE_EQ(window.good_ratio(), 1);
  EXPECT_FALSE(window.retract_bad());
  window.push(false);
  window.push(true);
  EXPECT_DOUBLE_EQ(window.good_ratio(), 0.5);
}

TEST(GoodWindow, counts_as_a_plain_queue_would) {
  dns::test::SeededRandom random(7);
  GoodWindow window(13);
  std::deque<bool> model;
  for (int step = 0; step < 5000; ++step) {
    if (random.below(5) == 0) {
      const auto bad = std::find(model.rbegin(), model.rend(), false);
      EXPECT_EQ(window.retract_bad(), bad != model.rend());
      if (bad != model.rend()) *bad = true;
    } else {
      const bool good = random.below(3) == 0;
      window.push(good);
      model.push_back(good);
      if (model.size() > 13) model.pop_front();
    }
    const auto good = static_cast<double>(std::count(model.begin(), model.end(), true));
    ASSERT_EQ(window.samples(), model.size());
    ASSERT_DOUBLE_EQ(window.good_ratio(),
                     model.empty() ? 1 : good / static_cast<double>(model.size()));
  }
}

}  // namespace
}  // namespace holdfast
