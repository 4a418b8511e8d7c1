// Timeline: what happened to this daemon's failover, as one bounded list of records: states,
// failovers, panics, holds, drills, reloads. Written and read by the control thread alone, never on
// the way of a query.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/wall_clock.h"

namespace holdfast {

enum class TimelineKind : std::uint8_t {
  state,        // an upstream's, or the operator's word about it
  failover,     // a route's traffic has left whom it prefers …
  failback,     // … and is back
  panic,        // a route has fewer usable upstreams than its floor, or no longer
  hold,         // an answer is held against its providers, or no longer
  drill,        // an outage on purpose: begun, ended, stopped, aborted
  reload,       // of the configuration: taken or refused
  resolv_conf,  // somebody wrote to the files of the takeover
  store,        // what is learnt does not get to the disk, or does again
};
inline constexpr std::size_t kTimelineKinds = 9;
[[nodiscard]] const char* to_string(TimelineKind kind) noexcept;
[[nodiscard]] std::optional<TimelineKind> parse_timeline_kind(std::string_view text) noexcept;
/// All of them: "state, failover, …".
[[nodiscard]] std::string timeline_kinds();

struct TimelineEvent {
  TimelineKind kind = TimelineKind::state;
  std::string subject;   // an upstream, a route, a provider, a file
  std::string cause;     // short words
  std::string evidence;  // what it rests on, short words
  std::string name;      // that a client asked for: for the control socket and the log only
};

struct TimelineRecord {
  std::uint64_t seq = 0;  // from 1, without gaps
  WallTime at{};
  TimelineEvent event;
};

class Timeline {
 public:
  static constexpr std::size_t kMost = 1000;
  static constexpr std::size_t kLongestText = 255;

  /// Numbers the event and keeps it; beyond kMost the oldest goes. Longer texts are cut. The record
  /// is valid until the next call.
  const TimelineRecord& add(TimelineEvent event, WallTime at);

  struct Wanted {
    std::optional<TimelineKind> kind;
    std::optional<WallTime> since;
    std::uint64_t after = 0;  // only those with a higher number
    std::size_t most = kMost;
  };

  /// The latest first.
  [[nodiscard]] std::vector<TimelineRecord> select(const Wanted& wanted) const;

  /// Those that went for newer ones.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return seq_ - records_.size(); }

  /// Added since the start, by kind.
  [[nodiscard]] const std::array<std::uint64_t, kTimelineKinds>& counts() const noexcept {
    return counts_;
  }

 private:
  std::deque<TimelineRecord> records_;  // the oldest first
  std::uint64_t seq_ = 0;
  std::array<std::uint64_t, kTimelineKinds> counts_{};
};

}  // namespace holdfast
