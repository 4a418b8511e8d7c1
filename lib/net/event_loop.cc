#include "net/event_loop.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <sys/timerfd.h>
#include <system_error>
#include <unistd.h>

namespace holdfast {
namespace {

// Handlers per turn. Under load something is always ready; timers and batched output must not wait
// for a quiet moment.
constexpr int kHandlersPerTurn = 64;

int open_alarm() {
  const int fd = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
  return fd;
}

timespec to_timespec(Duration d) noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(d);
  timespec t{};
  t.tv_sec = static_cast<time_t>(seconds.count());
  t.tv_nsec = static_cast<long>((d - seconds).count());
  return t;
}

}  // namespace

TimePoint boot_time() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_BOOTTIME, &t);
  return TimePoint(std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
}

EventLoop::EventLoop() : alarm_(io_, open_alarm()), stamp_(boot_time()) {
  asio::co_spawn(io_, pump(), asio::detached);
}

EventLoop::~EventLoop() {
  asio::error_code ignored;
  alarm_.close(ignored);
  drain();
}

void EventLoop::run() {
  end_turn();  // timers armed before
  while (!stopping_) {
    if (io_.run_one() == 0) break;  // stopped, perhaps before the first turn
    handle_more();
    end_turn();
  }
}

void EventLoop::turn(Duration at_most) {
  end_turn();  // timers armed between turns
  if (io_.poll_one() != 0 || io_.run_one_for(at_most) != 0) {
    gathers_ = true;  // whoever asks for one turn wants all of it
    handle_more();
  }
  end_turn();
}

void EventLoop::stop() {
  // Not io_.stop(): what is ready is still handled in this turn.
  post([this] { stopping_ = gathers_ = true; });
}

void EventLoop::drain() {
  io_.restart();
  while (io_.poll() != 0) {
  }
}

/// Reads the alarm so that it can go off again. What is due is fired by end_turn().
asio::awaitable<void> EventLoop::pump() {
  for (;;) {
    auto [error] = co_await alarm_.async_wait(asio::posix::descriptor_base::wait_read, use_result);
    if (error) co_return;
    std::uint64_t expirations = 0;
    if (::read(alarm_.native_handle(), &expirations, sizeof expirations) > 0) alarm_at_ = kForever;
  }
}

/// To look for more costs a system call: nothing to send in common, nothing gained.
void EventLoop::handle_more() {
  for (int i = 1; gathers_ && i < kHandlersPerTurn; ++i) {
    if (io_.poll_one() == 0) return;
  }
}

void EventLoop::end_turn() {
  gathers_ = false;
  if (timers_.next() != kForever) timers_.expire(now());
  for (const auto& task : turn_ends_) {
    task();
  }
  // An alarm that is too early wakes the loop once for nothing; moving it with every timer that is
  // cancelled would cost a system call per query.
  if (timers_.next() < alarm_at_) set_alarm(timers_.next());
}

void EventLoop::set_alarm(TimePoint at) noexcept {
  itimerspec spec{};
  spec.it_value = to_timespec(std::max(at.time_since_epoch(), Duration(1)));  // 0 would disarm
  ::timerfd_settime(alarm_.native_handle(), TFD_TIMER_ABSTIME, &spec, nullptr);
  alarm_at_ = at;
}

}  // namespace holdfast
