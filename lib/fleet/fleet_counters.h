// What the fleet's part counts, and the labels of it. FleetCounters are the fleet thread's,
// FleetPortCounters those of one worker's port; whoever shows them adds up.
#pragma once

#include <array>
#include <cstdint>

#include "base/counters.h"
#include "fleet/sealed_value.h"

namespace holdfast {

/// Why an answer that might have been published was not.
enum class NotPublished : std::uint8_t {
  disconnected,  // no connection
  busy,          // the ring, or the connection, has no room
  rate,          // more than fleet.max_per_second
  repeated,      // the same was published moments ago
  refused,       // the server answered SET with an error
};
inline constexpr std::size_t kNotPublished = 5;

enum class FleetRead : std::uint8_t {
  hit,
  miss,
  late,      // not known within FleetPort::kPatience
  rejected,  // what was there cannot be believed
  failed,    // the connection broke, or the server answered with an error
};
inline constexpr std::size_t kFleetReads = 5;

/// Why a connection was not made, or lost.
enum class LinkFault : std::uint8_t { address, connect, tls, login, protocol, silent, closed };
inline constexpr std::size_t kLinkFaults = 7;

/// For labels.
[[nodiscard]] const char* to_string(NotPublished why) noexcept;
[[nodiscard]] const char* to_string(FleetRead result) noexcept;
[[nodiscard]] const char* to_string(LinkFault fault) noexcept;

/// An array of counters by an enum.
template <typename Enum, std::size_t kSize>
class CountersBy {
 public:
  Counter& operator[](Enum which) noexcept { return counters_[static_cast<std::size_t>(which)]; }

  const Counter& operator[](Enum which) const noexcept {
    return counters_[static_cast<std::size_t>(which)];
  }

 private:
  std::array<Counter, kSize> counters_;
};

struct FleetCounters {
  Counter published;  // handed to the server
  CountersBy<NotPublished, kNotPublished> not_published;
  CountersBy<ValueFault, kValueFaults> rejected;
  CountersBy<LinkFault, kLinkFaults> link_faults;
  Counter connects;  // logins that succeeded
};

struct FleetPortCounters {
  CountersBy<NotPublished, kNotPublished> not_published;
  CountersBy<FleetRead, kFleetReads> reads;
};

}  // namespace holdfast
