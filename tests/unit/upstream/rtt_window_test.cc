// Percentiles over recent round-trip times.
#include "upstream/rtt_window.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

/// The upper bound of the bucket this time falls into: what a percentile can say of it.
Duration seen_as(Duration d) {
  return Histogram::upper_bound(Histogram::bucket_of(d));
}

TEST(RttWindow, finds_the_bucket_where_the_share_is_reached) {
  struct Row {
    int fast, slow;  // samples of 10 ms and 300 ms
    double share;
    Duration expected;
  };

  const Row rows[] = {
      {1, 0, 0.95, 10ms},  {100, 0, 0.99, 10ms}, {95, 5, 0.95, 10ms}, {94, 6, 0.95, 300ms},
      {99, 1, 0.99, 10ms}, {98, 2, 0.99, 300ms}, {50, 50, 0.5, 10ms}, {49, 51, 0.5, 300ms},
      {0, 7, 0, 300ms},    {99, 1, 1, 300ms},
  };
  for (const Row& row : rows) {
    RttWindow window;
    for (int i = 0; i < row.slow; ++i)
      window.add(300ms);
    for (int i = 0; i < row.fast; ++i)
      window.add(10ms);
    EXPECT_EQ(window.percentile(row.share), seen_as(row.expected))
        << row.fast << " " << row.slow << " " << row.share;
  }
}

TEST(RttWindow, never_reports_less_than_was_measured) {
  for (const Duration rtt : {0ms, 1ms, 7ms, 64ms, 65ms, 499ms, 1234ms, 9999ms}) {
    RttWindow window;
    window.add(rtt);
    EXPECT_GE(window.percentile(0.95), rtt);
    EXPECT_LE(window.percentile(0.95), std::max<Duration>(rtt * 5 / 4, Duration(64'000)))
        << rtt.count();
  }
}

TEST(RttWindow, halves_its_counts_when_full_so_that_it_forgets) {
  RttWindow window;
  const std::size_t slow = Histogram::bucket_of(400ms);
  const std::size_t fast = Histogram::bucket_of(5ms);
  window.add(slow, 1023);
  EXPECT_EQ(window.samples(), 1023U);
  window.add(slow, 1);
  EXPECT_EQ(window.samples(), 512U);
  int needed = 0;
  while (window.percentile(0.95) != seen_as(5ms)) {
    window.add(fast, 1);
    ASSERT_LT(++needed, 5000);
  }
  EXPECT_GT(needed, 512);
  EXPECT_LT(needed, 3000);  // as plain counts it would take 512 × 19
}

TEST(RttWindow, smooths_by_an_eighth) {
  RttWindow window;
  EXPECT_EQ(window.smoothed(), Duration::zero());
  window.add(100ms);
  EXPECT_EQ(window.smoothed(), seen_as(100ms));
  window.add(20ms);
  EXPECT_EQ(window.smoothed(), (seen_as(100ms) * 7 + seen_as(20ms)) / 8);
}

TEST(RttWindow, ignores_a_count_of_nothing_and_forgets_when_cleared) {
  RttWindow window;
  window.add(3, 0);
  EXPECT_EQ(window.samples(), 0U);
  window.add(10ms);
  window.clear();
  EXPECT_EQ(window.samples(), 0U);
  EXPECT_EQ(window.smoothed(), Duration::zero());
}

}  // namespace
}  // namespace holdfast
