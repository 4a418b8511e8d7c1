// When strays are too many, and for whom.
#include "upstream/stray_watch.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

/// So many strays, as a transport counts them; how often it had to look.
unsigned come(StrayWatch& watch, std::uint64_t count) {
  unsigned looked = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!watch.stray()) continue;
    watch.look();
    ++looked;
  }
  return looked;
}

TEST(StrayWatch, twenty_within_the_life_of_an_exchange_are_too_many) {
  StrayWatch watch;
  EXPECT_EQ(come(watch, 100), 0U) << "nobody waits";
  const std::uint64_t mark = watch.begin();
  EXPECT_EQ(come(watch, 19), 0U);
  EXPECT_FALSE(watch.too_many(mark));
  EXPECT_TRUE(watch.stray());
  watch.look();
  EXPECT_TRUE(watch.too_many(mark));
}

TEST(StrayWatch, each_exchange_counts_from_its_own_beginning) {
  StrayWatch watch;
  const std::uint64_t first = watch.begin();
  (void)come(watch, 10);
  const std::uint64_t second = watch.begin();
  EXPECT_EQ(come(watch, 9), 0U);
  EXPECT_EQ(come(watch, 1), 1U);
  EXPECT_TRUE(watch.too_many(first));
  EXPECT_FALSE(watch.too_many(second)) << "and it is to be looked at again in time";
  EXPECT_EQ(come(watch, 9), 0U);
  EXPECT_EQ(come(watch, 1), 1U);
  EXPECT_TRUE(watch.too_many(second));
}

TEST(StrayWatch, is_quiet_again_when_nobody_is_left) {
  StrayWatch watch;
  (void)watch.begin();
  EXPECT_EQ(come(watch, 1000), 1U);
}

}  // namespace
}  // namespace holdfast
