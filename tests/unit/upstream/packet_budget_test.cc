#include "upstream/packet_budget.h"

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

TEST(PacketBudget, HalfOfTheBurstIsNotToSpare) {
  PacketBudget budget;
  int spared = 0;
  while (budget.spare(kStart, 800, 1)) {
    ASSERT_TRUE(budget.take(kStart, 800, 1));
    ++spared;
  }
  EXPECT_EQ(spared, 50);
  EXPECT_TRUE(budget.take(kStart, 800, 1)) << "the reserve is there for those that need it";
  EXPECT_FALSE(budget.spare(kStart + 2ms, 800, 1));
  EXPECT_TRUE(budget.spare(kStart + 3ms, 800, 1)) << "700 a second come back";
}

TEST(PacketBudget, WhatIsToSpareCanBeTaken) {
  for (const std::uint32_t per_second : {1U, 2U, 8U, 16U, 100U}) {
    for (const unsigned packets : {1U, 2U, 6U}) {
      PacketBudget budget;
      for (TimePoint now = kStart; now < kStart + 5s; now += 7ms) {
        if (!budget.spare(now, per_second, packets)) continue;
        ASSERT_TRUE(budget.take(now, per_second, packets)) << per_second << ' ' << packets;
      }
    }
  }
}

TEST(PacketBudget, ASmallBurstSparesItsOnlyPacket) {
  PacketBudget budget;
  EXPECT_TRUE(budget.spare(kStart, 8, 1));
  EXPECT_FALSE(budget.spare(kStart, 8, 2)) << "a handshake would take it all";
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

Upstream upstream_of(const char* provider, std::uint32_t max_pps, std::uint16_t id) {
  Upstream upstream;
  upstream.id = UpstreamId{id};
  upstream.provider_name = provider;
  upstream.max_pps = max_pps;
  return upstream;
}

TEST(PacketGate, KnowsEachUpstreamsProvider) {
  PacketBudgets budgets;
  PacketGate gate(budgets);
  const Upstream one = upstream_of("a", 8, 1);
  EXPECT_TRUE(gate.take(one, 1, kStart));
  EXPECT_FALSE(gate.take(upstream_of("a", 8, 2), 1, kStart));
  EXPECT_FALSE(PacketGate(budgets).take(one, 1, kStart)) << "another thread's way to the same";
  EXPECT_FALSE(gate.spare(one, 1, kStart));
  EXPECT_TRUE(gate.take(upstream_of("b", 8, 1), 1, kStart)) << "the id is another upstream's now";
}

TEST(PacketGate, IsOpenWithoutABudget) {
  PacketBudgets budgets;
  PacketGate gate(budgets);
  const Upstream free = upstream_of("a", 0, 1);
  for (int i = 0; i < 1000; ++i)
    EXPECT_TRUE(gate.take(free, 6, kStart) && gate.spare(free, 6, kStart));
}

TEST(PacketBudget, ProvidersHaveTheirOwn) {
  PacketBudgets budgets;
  while (budgets.of("a").take(kStart, 8, 1)) {
  }
  EXPECT_TRUE(budgets.of("b").take(kStart, 8, 1));
}

}  // namespace
}  // namespace holdfast
