// RouteWatch: notices when a route's traffic leaves whom it prefers, when it is back, and when the
// route enters or leaves panic. It follows published health: what single lookups do about an
// exchange that fails is not its matter. Control thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "base/time.h"
#include "route/route.h"
#include "timeline/timeline.h"
#include "upstream/health_board.h"

namespace holdfast {

/// An upstream as the watch sees it.
struct WatchedUpstream {
  std::string name;
  HealthView view;
  std::string cause;  // of its state, in a word
};

class RouteWatch {
 public:
  using Look = FunctionRef<WatchedUpstream(UpstreamId)>;
  using Tell = FunctionRef<void(TimelineEvent)>;

  /// Tells what has changed since the last look; of a route seen for the first time nothing but
  /// what is amiss. Built-in routes are left out: they say what `.` says.
  void look(const std::vector<Route>& routes, TimePoint now, Look look, Tell tell);

 private:
  /// Where lookups of a route begin.
  struct Place {
    std::size_t tier = 0;
    UpstreamId upstream{};  // of an ordered route, else the tier's first
    friend bool operator==(const Place&, const Place&) = default;
  };

  struct Seen {
    UpstreamId preference{};  // the first of the first tier
    Place at;
    bool preferred = true;
    bool panic = false;
    bool nobody = false;
    TimePoint left = kNever;
    std::uint64_t round = 0;
  };

  [[nodiscard]] static std::optional<Place> place_of(const Route& route, Look look);
  [[nodiscard]] static std::string text_of(const Route& route, const Place& place, Look look);
  static void judge_place(const Route& route, Seen& seen, TimePoint now, Look look, Tell tell);
  static void judge_panic(const Route& route, Seen& seen, Look look, Tell tell);

  std::map<std::string, Seen> seen_;  // by label
  std::uint64_t round_ = 0;
};

}  // namespace holdfast
