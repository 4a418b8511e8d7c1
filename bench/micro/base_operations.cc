// Timers. The size is the number of others that are armed.
#include <memory>

#include "base/timer_queue.h"
#include "operation.h"

namespace holdfast::micro {
namespace {

class NobodysTimers final : public TimerClient {
 public:
  void on_timer(std::uint64_t, TimePoint) noexcept override {}
};

/// As a lookup does: its time-out is armed, the answer comes first.
auto arm_and_cancel_timer(std::size_t others) {
  struct World {
    NobodysTimers client;
    TimerQueue queue;
  };

  auto world = std::make_shared<World>();
  for (std::size_t i = 0; i < others; ++i) {
    (void)world->queue.arm(TimePoint{} + i * 1ms, world->client, i);
  }
  return [world, others](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
      const TimePoint at = TimePoint{} + i * 7919 % (others + 1) * 1ms;
      keep(world->queue.cancel(world->queue.arm(at, world->client, i)));
    }
  };
}

}  // namespace

void add_base(Operations& to) {
  add_sizes(to, "arm_and_cancel_timer", {0, 1000}, arm_and_cancel_timer);
}

}  // namespace holdfast::micro
