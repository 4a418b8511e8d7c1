// The queue of refreshes: in order, each once, bounded; and the budget that empties it.
#include "resolver/refresh_queue.h"

#include <gtest/gtest.h>

#include "upstream/budget.h"

namespace holdfast::test {
namespace {

QueuedRefresh refresh(std::uint64_t key) {
  QueuedRefresh queued;
  queued.key_hash = key;
  return queued;
}

TEST(RefreshQueue, gives_back_in_order_each_once) {
  RefreshQueue queue;
  EXPECT_TRUE(queue.empty());
  for (const std::uint64_t key : {1U, 2U, 1U, 3U, 2U})
    EXPECT_TRUE(queue.push(refresh(key)));
  for (const std::uint64_t key : {1U, 2U, 3U})
    EXPECT_EQ(queue.pop()->key_hash, key);
  EXPECT_FALSE(queue.pop());
  EXPECT_TRUE(queue.push(refresh(1))) << "it may come again";
  EXPECT_FALSE(queue.empty());
}

TEST(RefreshQueue, is_bounded) {
  RefreshQueue queue;
  for (std::uint64_t key = 0; key < RefreshQueue::kMost; ++key)
    EXPECT_TRUE(queue.push(refresh(key)));
  EXPECT_FALSE(queue.push(refresh(RefreshQueue::kMost)));
  EXPECT_TRUE(queue.push(refresh(0))) << "it is there already";
}

TEST(PacedBudget, earns_by_time_or_by_queries_whatever_is_more) {
  PacedBudget budget;
  budget.configure(10, 0.5);
  TimePoint now{1h};
  unsigned taken = 0;
  while (budget.take(0, now))
    ++taken;
  EXPECT_EQ(taken, 10U) << "a second's worth";
  EXPECT_FALSE(budget.take(0, now + 90ms));
  EXPECT_TRUE(budget.take(0, now + 150ms));
  EXPECT_FALSE(budget.take(0, now + 150ms));
  EXPECT_TRUE(budget.take(2, now + 150ms)) << "two queries, one token";
  EXPECT_FALSE(budget.take(2, now + 150ms));
  EXPECT_GT(budget.next(now + 150ms), now + 150ms);
  EXPECT_LE(budget.next(now + 150ms), now + 250ms);
}

TEST(PacedBudget, of_nothing_gives_nothing) {
  PacedBudget budget;
  budget.configure(0, 0);
  EXPECT_FALSE(budget.take(1000, TimePoint{1h}));
  EXPECT_GT(budget.next(TimePoint{1h}), TimePoint{1h});
}

}  // namespace
}  // namespace holdfast::test
