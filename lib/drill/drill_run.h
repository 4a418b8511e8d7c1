// DrillRun: one drill as it runs, and its report: what clients and upstreams had before it, during
// it and after it. On virtual time; told once a second what the workers have counted.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/counters.h"
#include "base/wall_clock.h"
#include "drill/plan.h"

namespace holdfast {

/// What workers have counted since the start, summed.
struct DrillSample {
  std::uint64_t queries = 0, answered = 0, failed = 0, stale = 0;
  std::uint64_t exchanges = 0;                               // started, of all upstreams
  std::array<std::uint64_t, Histogram::kBuckets> lookups{};  // what they took
  std::uint64_t seen = 0, spoiled = 0;                       // of the drill's board

  /// What came since an earlier one.
  [[nodiscard]] DrillSample since(const DrillSample& earlier) const noexcept;
};

/// A part of a report.
struct DrillPhase {
  Duration length{};
  DrillSample counted;
  /// Of lookups that asked somebody; the upper bound of a bucket. nullopt: there were none.
  [[nodiscard]] std::optional<Duration> percentile(double share) const noexcept;
};

enum class DrillEnd : std::uint8_t { running, time_over, stopped, aborted, reload };
inline constexpr std::size_t kDrillEnds = 5;
[[nodiscard]] const char* to_string(DrillEnd end) noexcept;

/// How soon a route's traffic moved: away, after the start; back, after the end.
struct DrillMove {
  std::string route;
  std::optional<Duration> failover, failback;
};

struct DrillReport {
  unsigned id = 0;
  DrillPlan plan;
  DrillEnd end = DrillEnd::running;
  std::string why;     // it was aborted
  bool final = false;  // nothing changes any more
  WallTime started{};
  WallTime ends{};  // or ended
  DrillPhase before, during, after;
  std::vector<DrillMove> moves;
};

class DrillRun {
 public:
  static constexpr Duration kBefore = 60s;  // at most
  static constexpr Duration kAfter = 10s;   // at least
  static constexpr Duration kAfterMost = 120s;
  static constexpr Duration kWindow = 10s;            // in which clients' failures are counted
  static constexpr std::uint64_t kLeastFailures = 5;  // one unlucky name is no outage

  struct Start {
    unsigned id = 0;
    DrillPlan plan;
    TimePoint now{};
    WallTime wall{};
    DrillSample sample;
    DrillPhase before;
  };

  explicit DrillRun(Start start);

  [[nodiscard]] bool running() const noexcept { return report_.end == DrillEnd::running; }

  [[nodiscard]] Duration elapsed(TimePoint now) const noexcept { return now - started_; }

  /// Every second. Ends the drill when its time is over or too much fails; true if it did.
  bool tick(TimePoint now, const DrillSample& sample);

  void end(DrillEnd how, std::string why, TimePoint now, const DrillSample& sample);

  /// A route's traffic has moved.
  void moved(const std::string& route, bool back, TimePoint now);

  [[nodiscard]] const DrillReport& report() const noexcept { return report_; }

 private:
  struct Second {
    TimePoint at;
    DrillSample sample;
  };

  [[nodiscard]] std::string too_many_failures(TimePoint now, const DrillSample& sample);
  [[nodiscard]] bool all_are_back() const noexcept;

  DrillReport report_;
  TimePoint started_, ended_;
  DrillSample at_start_, at_end_;
  std::deque<Second> window_;
};

}  // namespace holdfast
