#include "fleet/backoff.h"

#include <gtest/gtest.h>

#include "simulate/sim_random.h"

namespace holdfast::test {
namespace {

TEST(Backoff, doubles_up_to_its_end_and_begins_anew) {
  sim::SeededRandom random(1);
  Backoff backoff;
  Duration expected = Backoff::kFirst;
  for (int i = 0; i < 12; ++i) {
    const Duration wait = backoff.next(random);
    EXPECT_GE(wait, expected * 3 / 4) << i;
    EXPECT_LE(wait, expected * 5 / 4) << i;
    expected = std::min(expected * 2, Backoff::kLongest);
  }
  EXPECT_EQ(expected, Backoff::kLongest);
  backoff.reset();
  EXPECT_LE(backoff.next(random), Backoff::kFirst * 5 / 4);
}

TEST(Backoff, machines_that_fail_together_do_not_come_back_together) {
  sim::SeededRandom one(1);
  sim::SeededRandom other(2);
  EXPECT_NE(Backoff().next(one), Backoff().next(other));
}

}  // namespace
}  // namespace holdfast::test
