// Timers as plain data: who wants to be called when. The owner of a queue asks next(), sleeps until
// then by whatever means it has, and calls expire(now). Order is (time, order of arming), so runs
// are deterministic. One queue belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace holdfast {

/// Called back when a timer fires. The one upward call that time makes.
class TimerClient {
 public:
  /// `token` is what was given to arm(). The timer is no longer armed when this runs.
  virtual void on_timer(std::uint64_t token, TimePoint now) noexcept = 0;

 protected:
  ~TimerClient() = default;
};

/// Names an armed timer; a default one names none. Stale ids are recognised (generation).
struct TimerId {
  std::uint32_t slot = 0xffffffff;
  std::uint32_t generation = 0;
  friend bool operator==(const TimerId&, const TimerId&) = default;
};

/// A 4-ary heap of timers with O(log n) arm, cancel and expire; no allocation once warmed up.
class TimerQueue {
 public:
  /// Calls client.on_timer(token, now) from the first expire(now) with now ≥ at. The client must
  /// outlive the timer or cancel it.
  [[nodiscard]] TimerId arm(TimePoint at, TimerClient& client, std::uint64_t token);

  /// Takes the timer back; false if it fired, was cancelled, or never was.
  bool cancel(TimerId id) noexcept;

  /// When expire() has work next; kForever if nothing is armed.
  [[nodiscard]] TimePoint next() const noexcept;

  /// Fires every timer due at `now` in order, also those armed meanwhile that are due. Returns how
  /// many fired.
  std::size_t expire(TimePoint now);

  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

 private:
  struct Slot {
    TimePoint at;
    std::uint64_t sequence = 0;
    std::uint64_t token = 0;
    TimerClient* client = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t heap_index = 0;
  };

  [[nodiscard]] bool before(std::uint32_t a, std::uint32_t b) const noexcept;
  void place(std::size_t index, std::uint32_t slot) noexcept;
  void sift_up(std::size_t index) noexcept;
  void sift_down(std::size_t index) noexcept;
  void remove_at(std::size_t index) noexcept;

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> heap_;  // slot numbers
  std::uint64_t sequence_ = 0;
};

}  // namespace holdfast
