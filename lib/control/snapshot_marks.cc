#include "control/snapshot_marks.h"

#include <set>

namespace holdfast {
namespace {

/// Has what it says of the route's names perhaps been seen by no other?
bool has_own_view(const Route& route, const Upstream& upstream) noexcept {
  return route.visibility != Visibility::public_view ||
         upstream.upstream_class == UpstreamClass::cloud;
}

}  // namespace

ZoneMarks marks_of(const Snapshot& snapshot) {
  ZoneMarks marks;
  for (const Route& route : snapshot.routes.routes()) {
    std::set<std::string> servers;
    for (const Tier& tier : route.tiers) {
      for (const UpstreamId id : tier) {
        const Upstream& upstream = snapshot.upstream(id);
        // Whatever resolvers a network hands out, they are its own: that others came is no reason
        // to forget what was held, and least so while they come and go.
        const bool found = !upstream.found_for.empty();
        if (has_own_view(route, upstream))
          servers.insert(found ? "auto " + upstream.found_for : upstream.server());
      }
    }
    std::string answered_by = to_string(route.visibility);
    for (const std::string& server : servers)
      answered_by += "\n" + server;
    add_mark(marks, route.zone, answered_by);
  }
  return marks;
}

}  // namespace holdfast
