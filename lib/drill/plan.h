// What a drill does: steps in time, each of which spoils some upstreams; made of one outage, or of
// a replay pack. And what it would leave of each route, before it begins.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/snapshot.h"
#include "upstream/drill_board.h"

namespace holdfast {

[[nodiscard]] const char* to_string(DrillMode mode) noexcept;
[[nodiscard]] std::optional<DrillMode> parse_drill_mode(std::string_view text) noexcept;
/// All of them: "timeout, servfail, …".
[[nodiscard]] std::string drill_modes();

/// Of `--abort-above`, and the longest that a drill may take.
inline constexpr double kDrillAbortAbove = 5;
inline constexpr Duration kLongestDrill = 1h;
inline constexpr Duration kShortestDrill = 1s;
inline constexpr Duration kDrillDelay = 500ms;
inline constexpr Duration kLongestDrillDelay = 30s;

/// As it is asked for.
struct DrillOrder {
  std::string provider;           // several: separated by commas; of a pack may be empty
  std::optional<DrillMode> mode;  // none: a pack
  unsigned percent = 100;
  std::optional<Duration> length;         // needed without a pack
  std::optional<std::string> route;       // its label; none: all that are not private
  double abort_above = kDrillAbortAbove;  // percent of clients' queries that get SERVFAIL
  Duration delay = kDrillDelay;           // of `slow`
  std::string pack;
  bool force = false;  // also if a route has nobody left
};

/// From `begin` to `end` of the drill, or `length` long once every `every`.
struct DrillStep {
  enum class Whom : std::uint8_t { provider, everybody };

  Duration begin{}, end{};
  Duration every{}, length{};  // 0: all the time
  Spoiling how;
  Whom whom = Whom::provider;

  [[nodiscard]] bool runs(Duration since_start) const noexcept;
};

/// A replay pack: an outage that happened, or could.
struct DrillPack {
  std::string name, story;
  std::string only_in_tests;   // why it cannot be done to a running daemon; "" if it can
  bool leaves_nobody = false;  // takes everybody: no need of --force
  std::vector<DrillStep> steps;

  [[nodiscard]] Duration length() const noexcept;
};

/// What becomes of one route while everything of the drill is spoiled.
struct DrillRoute {
  std::string label;
  bool private_view = false;
  bool reached = false;                    // its questions are spoiled
  std::vector<std::string> spoiled, left;  // names of upstreams
};

struct DrillPlan {
  DrillOrder order;
  Duration length{};
  std::vector<DrillStep> steps;
  std::vector<UpstreamId> provider, everybody;  // whom steps may mean
  std::vector<DrillRoute> routes;  // with an upstream of it; built-in ones are left out

  /// How an upstream is spoiled at this moment, if it is.
  [[nodiscard]] std::optional<Spoiling> at(UpstreamId id, Duration since_start) const noexcept;
};

struct DrillVerdict {
  std::string error;                 // "": it may begin
  std::vector<std::string> details;  // routes that nobody would be left for
  DrillPlan plan;
};

/// Is it possible, and safe? `packs` are those there are.
[[nodiscard]] DrillVerdict plan_drill(const DrillOrder& order, const std::vector<DrillPack>& packs,
                                      const Snapshot& snapshot);

}  // namespace holdfast
