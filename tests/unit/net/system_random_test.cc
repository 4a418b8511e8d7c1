#include "net/system_random.h"

#include <array>
#include <set>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(SystemRandom, BitsAreBalanced) {
  SystemRandom random;
  std::array<int, 32> ones{};
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint32_t word = random.u32();
    for (unsigned bit = 0; bit < 32; ++bit)
      ones[bit] += (word >> bit) & 1U ? 1 : 0;
  }
  // 10,000 ± 71: seven sigma.
  for (const int n : ones)
    EXPECT_NEAR(n, kDraws / 2, 500);
}

TEST(SystemRandom, NothingRepeatsAcrossRefillsOrObjects) {
  SystemRandom a;
  SystemRandom b;
  std::set<std::uint64_t> seen;
  const auto draw = [](SystemRandom& random) {
    const auto high = static_cast<std::uint64_t>(random.u32());
    return (high << 32U) | random.u32();
  };
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(draw(a)).second);
    EXPECT_TRUE(seen.insert(draw(b)).second);
  }
}

}  // namespace
}  // namespace holdfast
