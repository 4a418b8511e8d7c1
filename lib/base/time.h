// Time as a value. `now` is always an argument: nothing below lib/net asks a clock, so that hours
// of failover run in milliseconds of test. TimePoint counts from an epoch that the caller chose; in
// the daemon it is CLOCK_BOOTTIME (ages go on during sleep), in tests it is zero.
#pragma once

#include <chrono>

namespace holdfast {

using Duration = std::chrono::nanoseconds;

/// The clock that TimePoint belongs to. It has no now(): see net/event_loop.h.
struct VirtualClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<VirtualClock>;
  static constexpr bool is_steady = true;
};

using TimePoint = VirtualClock::time_point;

/// Before every event; what "never happened yet" is stored as.
inline constexpr TimePoint kNever = TimePoint::min();
/// After every event; what "no deadline" is stored as.
inline constexpr TimePoint kForever = TimePoint::max();

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

}  // namespace holdfast
