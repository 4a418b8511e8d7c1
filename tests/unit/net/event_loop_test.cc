#include "net/event_loop.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

class Alarms final : public TimerClient {
 public:
  void on_timer(std::uint64_t token, TimePoint now) noexcept override {
    fired.push_back(token);
    last = now;
    if (then) then();
  }

  std::vector<std::uint64_t> fired;
  TimePoint last;
  std::function<void()> then;
};

TEST(EventLoop, TimersFireInOrderAndNotEarly) {
  EventLoop loop;
  Alarms alarms;
  const TimePoint start = loop.now();
  (void)loop.timers().arm(start + 20ms, alarms, 2);
  (void)loop.timers().arm(start + 10ms, alarms, 1);
  (void)loop.timers().arm(start - 10ms, alarms, 0);
  alarms.then = [&] {
    if (alarms.fired.size() == 3) loop.stop();
  };
  loop.run();
  EXPECT_EQ(alarms.fired, (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_GE(alarms.last, start + 20ms);
}

TEST(EventLoop, ATimerArmedLaterThatIsDueEarlierMovesTheAlarm) {
  EventLoop loop;
  Alarms alarms;
  const TimerId far = loop.timers().arm(loop.now() + 1h, alarms, 1);
  loop.post([&] { (void)loop.timers().arm(loop.now() + 5ms, alarms, 2); });
  alarms.then = [&] { loop.stop(); };
  loop.run();
  EXPECT_EQ(alarms.fired, std::vector<std::uint64_t>{2});
  EXPECT_TRUE(loop.timers().cancel(far));
}

TEST(EventLoop, AnAlarmForACancelledTimerDoesNoHarm) {
  EventLoop loop;
  Alarms alarms;
  const TimerId cancelled = loop.timers().arm(loop.now() + 5ms, alarms, 1);
  loop.turn(0ms);
  loop.timers().cancel(cancelled);
  (void)loop.timers().arm(loop.now() + 30ms, alarms, 2);
  alarms.then = [&] { loop.stop(); };
  loop.run();
  EXPECT_EQ(alarms.fired, std::vector<std::uint64_t>{2});
}

TEST(EventLoop, AnotherThreadMayPostAndStop) {
  EventLoop loop;
  std::vector<int> seen;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i)
      loop.post([&seen, i] { seen.push_back(i); });
    loop.stop();
  });
  loop.run();
  other.join();
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(seen.back(), 99);
}

TEST(EventLoop, StopBeforeRunStops) {
  EventLoop loop;
  loop.stop();
  loop.run();
}

TEST(EventLoop, TheEndOfATurnComesAfterHandlersAndTimers) {
  EventLoop loop;
  Alarms alarms;
  std::vector<int> order;
  loop.at_turn_end([&] {
    if (!order.empty()) order.push_back(3);
  });
  alarms.then = [&] { order.push_back(2); };
  loop.post([&] {
    order.push_back(1);
    (void)loop.timers().arm(loop.stamp(), alarms, 0);
    loop.stop();
    loop.gather();
  });
  loop.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(EventLoop, ATurnGoesOnWhileOutputIsGathered) {
  EventLoop loop;
  std::vector<int> order;
  loop.at_turn_end([&] {
    if (!order.empty()) order.push_back(0);
  });
  loop.post([&] { order.push_back(1); });
  loop.post([&] {
    order.push_back(2);
    loop.gather();
  });
  loop.post([&] { order.push_back(3); });
  loop.post([&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(order, (std::vector<int>{1, 0, 2, 3, 0}));
}

TEST(EventLoop, OneTurnHandlesAllThatIsThere) {
  EventLoop loop;
  int handled = 0;
  for (int i = 0; i < 3; ++i)
    loop.post([&] { ++handled; });
  loop.turn(1s);
  EXPECT_EQ(handled, 3);
}

TEST(EventLoop, BusyHandlersDoNotHoldUpTimers) {
  EventLoop loop;
  Alarms alarms;
  (void)loop.timers().arm(loop.now() + 5ms, alarms, 0);
  bool over = false;
  alarms.then = [&] {
    over = true;
    loop.stop();
  };
  std::function<void()> again = [&] {
    if (!over) loop.post(again);
  };
  loop.post(again);
  loop.run();
  EXPECT_TRUE(over);
}

TEST(EventLoop, TheClockGoesForward) {
  EventLoop loop;
  const TimePoint first = loop.now();
  EXPECT_EQ(loop.stamp(), first);
  EXPECT_GE(loop.now(), first);
  EXPECT_GE(boot_time(), first);
}

}  // namespace
}  // namespace holdfast
