#include "net/packet_budget.h"

#include <algorithm>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr TimePoint kStart{1h};
constexpr Duration kStep = std::chrono::microseconds(100);

/// Packets let through when one is tried every `step` for `span`; the times of all of them.
std::vector<TimePoint> offered(PacketBudget& budget, std::uint32_t per_second, Duration step,
                               Duration span) {
  std::vector<TimePoint> sent;
  for (TimePoint now = kStart; now < kStart + span; now += step) {
    if (budget.take(now, per_second, 1)) sent.push_back(now);
  }
  return sent;
}

TEST(PacketBudget, NoSecondHasMoreThanTheBudget) {
  for (const std::uint32_t per_second : {1U, 8U, 100U, 1024U}) {
    PacketBudget budget;
    const auto sent = offered(budget, per_second, kStep, 5s);
    for (auto first = sent.begin(); first != sent.end(); ++first) {
      const auto end = std::lower_bound(first, sent.end(), *first + 1s);
      ASSERT_LE(end - first, std::max<std::int64_t>(per_second, 2)) << per_second;
    }
  }
}

TEST(PacketBudget, MostOfTheBudgetCanBeUsed) {
  PacketBudget budget;
  const auto sent = offered(budget, 1000, kStep, 10s);
  EXPECT_GE(sent.size(), 8'700U) << "seven eighths of ten seconds";
  EXPECT_LE(sent.size(), 9'000U);
}

TEST(PacketBudget, ABurstOfAnEighthGoesAtOnce) {
  PacketBudget budget;
  int at_once = 0;
  while (budget.take(kStart, 800, 1))
    ++at_once;
  EXPECT_EQ(at_once, 100);
  EXPECT_FALSE(budget.take(kStart + 1ms, 800, 1));
  EXPECT_TRUE(budget.take(kStart + 2ms, 800, 1)) << "700 a second come back";
}

TEST(PacketBudget, ARefusalTakesNothing) {
  PacketBudget budget;
  while (budget.take(kStart, 800, 1)) {
  }
  for (int i = 0; i < 1000; ++i)
    EXPECT_FALSE(budget.take(kStart, 800, 1));
  EXPECT_TRUE(budget.take(kStart + 2ms, 800, 1));
}

TEST(PacketBudget, MoreThanTheBurstHoldsGoesAlone) {
  PacketBudget budget;
  EXPECT_TRUE(budget.take(kStart, 8, 6));
  EXPECT_FALSE(budget.take(kStart + 100ms, 8, 6));
  EXPECT_TRUE(budget.take(kStart + 1s, 8, 6));
}

TEST(PacketBudget, ThreadsShareIt) {
  PacketBudgets budgets;
  std::atomic<int> sent{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      PacketBudget& budget = budgets.of("provider");
      for (int k = 0; k < 10'000; ++k) {
        if (budget.take(kStart, 8000, 1)) ++sent;
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(sent, 1000);
}

TEST(PacketBudget, ProvidersHaveTheirOwn) {
  PacketBudgets budgets;
  while (budgets.of("a").take(kStart, 8, 1)) {
  }
  EXPECT_TRUE(budgets.of("b").take(kStart, 8, 1));
}

}  // namespace
}  // namespace holdfast
