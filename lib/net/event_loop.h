// EventLoop: what one thread runs on: an io_context for one thread, the pump of its TimerQueue, and
// the only clock of the process below daemon/. It knows nothing of DNS.
//
// Stopping: stop(), then the owner closes every socket its coroutines wait on, then drain(), then
// everything may be destroyed. Objects outlive the loop's handlers; there are no guards.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "base/time.h"
#include "base/timer_queue.h"
#include "net/asio.h"

namespace holdfast {

/// CLOCK_BOOTTIME: ages go on while the machine sleeps. Any thread.
[[nodiscard]] TimePoint boot_time() noexcept;

class EventLoop {
 public:
  /// std::system_error if the kernel gives no descriptors.
  EventLoop();
  /// Precondition: drained.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  [[nodiscard]] asio::io_context& context() noexcept { return io_; }

  /// Timers of this thread; they fire from the loop. Arm and cancel on the loop's thread only.
  [[nodiscard]] TimerQueue& timers() noexcept { return timers_; }

  /// Asks the clock. Whoever takes something off the network stamps it with this, once per batch.
  TimePoint now() noexcept { return stamp_ = boot_time(); }

  /// What now() said last: for code that has no event of its own. On the loop's thread.
  [[nodiscard]] TimePoint stamp() const noexcept { return stamp_; }

  /// Runs `task` on the loop's thread, after what runs there now. Any thread.
  template <typename Task>
  void post(Task&& task) {
    asio::post(io_, std::forward<Task>(task));
  }

  /// Calls `task` at the end of every turn, after handlers and timers, before the loop waits: for
  /// output gathered in batches. Registered for good; before run().
  void at_turn_end(std::function<void()> task) { turn_ends_.push_back(std::move(task)); }

  /// Something was gathered that at_turn_end() is to send: this turn goes on for as long as there
  /// is more to handle. On the loop's thread.
  void gather() noexcept { gathers_ = true; }

  /// Runs until stop(). Exceptions of handlers come out of it.
  void run();

  /// One turn: waits for something to happen, at most so long, and handles what is there.
  void turn(Duration at_most);

  /// Makes run() return soon. Any thread; may come before run().
  void stop();

  /// Runs what can run without waiting: the last resumptions of coroutines whose sockets are
  /// closed. After run(), or instead of it.
  void drain();

 private:
  asio::awaitable<void> pump();
  void handle_more();
  void end_turn();
  void set_alarm(TimePoint at) noexcept;

  asio::io_context io_{1};
  TimerQueue timers_;
  asio::posix::stream_descriptor alarm_;  // a timerfd, set to the next timer
  TimePoint alarm_at_ = kForever;
  TimePoint stamp_;
  std::vector<std::function<void()>> turn_ends_;
  bool gathers_ = false;
  bool stopping_ = false;
};

}  // namespace holdfast
