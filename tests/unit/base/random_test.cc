#include "base/random.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

/// Says the same number always.
struct Constant final : Random {
  explicit Constant(std::uint32_t value) : value_(value) {}

  std::uint32_t u32() noexcept override { return value_; }

 private:
  std::uint32_t value_;
};

constexpr std::uint32_t kMost = 0xffffffff;

TEST(Random, BelowStaysBelow) {
  EXPECT_EQ(Constant(0).below(10), 0U);
  EXPECT_EQ(Constant(0x80000000).below(10), 5U);
  EXPECT_EQ(Constant(kMost).below(10), 9U);
  EXPECT_EQ(Constant(kMost).below(1), 0U);
}

TEST(Random, ChanceKnowsNeverAndAlways) {
  EXPECT_FALSE(Constant(0).chance(0.0));
  EXPECT_TRUE(Constant(kMost).chance(1.0));
  EXPECT_TRUE(Constant(0x7fffffff).chance(0.5));
  EXPECT_FALSE(Constant(0x80000000).chance(0.5));
}

TEST(Random, JitterStaysWithinThePercentage) {
  EXPECT_EQ(Constant(0).jitter(10s, 20), 8s);
  EXPECT_EQ(Constant(0x80000000).jitter(10s, 20), 10s);
  EXPECT_LE(Constant(kMost).jitter(10s, 20), 12s);
  EXPECT_GT(Constant(kMost).jitter(10s, 20), 11s);
  EXPECT_EQ(Constant(0).jitter(0s, 20), 0s);
}

}  // namespace
}  // namespace holdfast
