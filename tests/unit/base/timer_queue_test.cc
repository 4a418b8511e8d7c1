#include "base/timer_queue.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TimePoint at(Duration since_start) {
  return TimePoint(since_start);
}

/// Writes down what fired.
struct Journal final : TimerClient {
  virtual ~Journal() = default;

  void on_timer(std::uint64_t token, TimePoint now) noexcept override {
    fired.emplace_back(token, now);
    if (queue != nullptr && token == 1) rearmed = queue->arm(now, *this, 99);
  }

  [[nodiscard]] std::vector<std::uint64_t> tokens() const {
    std::vector<std::uint64_t> out;
    for (const auto& [token, now] : fired)
      out.push_back(token);
    return out;
  }

  std::vector<std::pair<std::uint64_t, TimePoint>> fired;
  TimerQueue* queue = nullptr;
  TimerId rearmed;
};

using Tokens = std::vector<std::uint64_t>;

TEST(TimerQueue, FiresInOrderOfTimeThenOfArming) {
  TimerQueue queue;
  Journal journal;
  EXPECT_EQ(queue.next(), kForever);
  (void)queue.arm(at(30ms), journal, 3);
  (void)queue.arm(at(10ms), journal, 1);
  (void)queue.arm(at(20ms), journal, 20);
  (void)queue.arm(at(20ms), journal, 21);
  (void)queue.arm(at(20ms), journal, 22);
  EXPECT_EQ(queue.next(), at(10ms));
  EXPECT_EQ(queue.expire(at(9ms)), 0U);
  EXPECT_EQ(queue.expire(at(20ms)), 4U);
  EXPECT_EQ(journal.tokens(), (Tokens{1, 20, 21, 22}));
  EXPECT_EQ(journal.fired[0].second, at(20ms));
  EXPECT_EQ(queue.next(), at(30ms));
  EXPECT_EQ(queue.size(), 1U);
}

TEST(TimerQueue, CancelTakesBackOnce) {
  TimerQueue queue;
  Journal journal;
  const TimerId a = queue.arm(at(1ms), journal, 1);
  const TimerId b = queue.arm(at(2ms), journal, 2);
  EXPECT_TRUE(queue.cancel(a));
  EXPECT_FALSE(queue.cancel(a));
  EXPECT_FALSE(queue.cancel(TimerId{}));
  EXPECT_EQ(queue.expire(at(5ms)), 1U);
  EXPECT_EQ(journal.tokens(), Tokens{2});
  EXPECT_FALSE(queue.cancel(b));
}

TEST(TimerQueue, StaleIdDoesNotCancelTheSlotsNextTimer) {
  TimerQueue queue;
  Journal journal;
  const TimerId old = queue.arm(at(1ms), journal, 1);
  ASSERT_TRUE(queue.cancel(old));
  const TimerId fresh = queue.arm(at(1ms), journal, 2);
  EXPECT_EQ(fresh.slot, old.slot);
  EXPECT_FALSE(queue.cancel(old));
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_TRUE(queue.cancel(fresh));
}

TEST(TimerQueue, ArmedWhileFiringAndDueFiresToo) {
  TimerQueue queue;
  Journal journal;
  journal.queue = &queue;
  const TimerId first = queue.arm(at(1ms), journal, 1);
  (void)queue.arm(at(2ms), journal, 2);
  EXPECT_EQ(queue.expire(at(2ms)), 3U);
  EXPECT_EQ(journal.tokens(), (Tokens{1, 2, 99}));
  EXPECT_NE(journal.rearmed, first);
}

TEST(TimerQueue, BehavesLikeASortedList) {
  struct Entry {
    TimePoint when;
    std::uint64_t token;
    TimerId id;
  };

  TimerQueue queue;
  Journal journal;
  std::mt19937 random(7);
  std::vector<Entry> model;
  TimePoint now = at(0ms);
  for (std::uint64_t token = 100; token < 5100; ++token) {
    const TimePoint when = now + Duration(random() % 1000);
    model.push_back({when, token, queue.arm(when, journal, token)});
    if (random() % 3 == 0) {
      const auto victim = model.begin() + static_cast<std::ptrdiff_t>(random() % model.size());
      ASSERT_TRUE(queue.cancel(victim->id));
      model.erase(victim);
    }
    if (random() % 5 != 0) continue;
    now += Duration(random() % 300);
    journal.fired.clear();
    (void)queue.expire(now);
    std::stable_sort(model.begin(), model.end(),
                     [](const Entry& a, const Entry& b) { return a.when < b.when; });
    const auto due =
        std::find_if(model.begin(), model.end(), [&](const Entry& e) { return e.when > now; });
    Tokens expected;
    for (auto i = model.begin(); i != due; ++i)
      expected.push_back(i->token);
    model.erase(model.begin(), due);
    // Those of one time fire in the order they were armed in, which their tokens tell.
    ASSERT_EQ(journal.tokens().size(), expected.size());
    ASSERT_EQ(queue.size(), model.size());
    EXPECT_EQ(queue.next(), model.empty() ? kForever : model.front().when);
    std::sort(model.begin(), model.end(),
              [](const Entry& a, const Entry& b) { return a.token < b.token; });
    ASSERT_EQ(journal.tokens(), expected);
  }
}

}  // namespace
}  // namespace holdfast
