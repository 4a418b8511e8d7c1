// Token buckets: what retries and hedges may cost.
#include "upstream/budget.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

template <typename Budget>
int drain(Budget& budget) {
  int taken = 0;
  while (budget.take())
    ++taken;
  return taken;
}

template <typename Budget>
class EitherBudget : public ::testing::Test {};

using Budgets = ::testing::Types<RetryBudget, HedgeBudget>;
TYPED_TEST_SUITE(EitherBudget, Budgets);

TYPED_TEST(EitherBudget, begins_full_and_gives_whole_tokens_only) {
  TypeParam budget(0.25, 3);
  EXPECT_DOUBLE_EQ(budget.tokens(), 3);
  EXPECT_EQ(drain(budget), 3);
  for (int i = 0; i < 3; ++i)
    budget.earn();
  EXPECT_FALSE(budget.take());
  EXPECT_DOUBLE_EQ(budget.tokens(), 0.75);  // a refusal costs nothing
  budget.earn();
  EXPECT_TRUE(budget.take());
  EXPECT_DOUBLE_EQ(budget.tokens(), 0);
}

TYPED_TEST(EitherBudget, earns_its_ratio_of_the_queries) {
  TypeParam budget(0.05, 10);
  (void)drain(budget);
  int taken = 0;
  for (int query = 0; query < 1000; ++query) {
    budget.earn();
    taken += budget.take() ? 1 : 0;
  }
  EXPECT_NEAR(taken, 50, 1);
}

TYPED_TEST(EitherBudget, holds_no_more_than_its_burst) {
  TypeParam budget(0.5, 4);
  for (int i = 0; i < 100; ++i)
    budget.earn();
  EXPECT_EQ(drain(budget), 4);
}

TYPED_TEST(EitherBudget, without_ratio_and_burst_gives_nothing) {
  TypeParam budget(0, 0);
  budget.earn();
  EXPECT_FALSE(budget.take());
}

TEST(RetryBudget, takes_a_new_burst_at_once) {
  RetryBudget budget(0.2, 100);
  budget.configure(1, 2);
  EXPECT_EQ(drain(budget), 2);
  budget.earn();
  EXPECT_EQ(drain(budget), 1);
}

TEST(HedgeBudget, takes_a_new_ratio_and_burst) {
  HedgeBudget budget(0.05, 2);
  (void)drain(budget);
  budget.configure(1, 5);
  for (int i = 0; i < 100; ++i)
    budget.earn();
  EXPECT_EQ(drain(budget), 5);
}

TEST(HedgeBudget, gives_no_token_twice_to_threads_that_take_at_once) {
  HedgeBudget budget(0, 1000);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i)
        taken += budget.take() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_LE(taken.load(), 1000);
  EXPECT_EQ(taken.load() + static_cast<int>(budget.tokens()), 1000);
}

}  // namespace
}  // namespace holdfast
