// The one thing that drills share between threads: written by one, read by all.
#include "upstream/drill_board.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr UpstreamId kCloud{0};
constexpr int kDrills = 300;

/// What a drill of that number spoils: each part tells the number.
Spoiling spoiling_of(int number) {
  return {static_cast<DrillMode>(number % static_cast<int>(kDrillModes)),
          static_cast<std::uint8_t>(1 + number % 100), std::chrono::milliseconds(number)};
}

bool is_whole(const Spoiling& how) {
  const auto number = std::chrono::duration_cast<std::chrono::milliseconds>(how.delay).count();
  const Spoiling expected = spoiling_of(static_cast<int>(number));
  return how.mode == expected.mode && how.percent == expected.percent;
}

TEST(DrillBoard, what_threads_see_is_of_one_drill_and_over_when_its_time_is) {
  DrillBoard board;
  const TimePoint now{1h};
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> seen{0}, wrong{0}, late{0};
  const auto look = [&] {
    while (!over.load(std::memory_order_relaxed)) {
      if (!board.active()) std::this_thread::yield();
      if (board.find(kCloud, now + 1min)) ++late;
      const auto how = board.find(kCloud, now);
      if (!how) continue;
      ++seen;
      if (!is_whole(*how)) ++wrong;
      board.count(how->percent > 50);
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < 3; ++i)
    workers.emplace_back(look);
  // On until somebody saw it a few times, however busy the machine is.
  for (int number = 1; number <= kDrills || seen.load() < 100; ++number) {
    board.begin(kEveryPublicRoute, now + 1min);
    board.spoil(kCloud, spoiling_of(number % kDrills));
    if (number % 16 == 0) std::this_thread::yield();
    if (number % 2 == 0) board.spoil(kCloud, std::nullopt);
    board.quiet();
  }
  over.store(true);
  for (std::thread& worker : workers)
    worker.join();
  EXPECT_EQ(wrong.load(), 0U);
  EXPECT_EQ(late.load(), 0U);
  EXPECT_EQ(board.seen(), seen.load());
  EXPECT_LE(board.spoiled(), board.seen());
  EXPECT_FALSE(board.find(kCloud, now));
}

}  // namespace
}  // namespace holdfast
