#include "control/snapshot_marks.h"

namespace holdfast {

ZoneMarks marks_of(const Snapshot& snapshot) {
  ZoneMarks marks;
  for (const Route& route : snapshot.routes.routes()) {
    std::string answered_by = to_string(route.visibility);
    for (const Tier& tier : route.tiers) {
      answered_by += "\n";
      for (const UpstreamId id : tier)
        answered_by += snapshot.upstream(id).server() + ";";
    }
    add_mark(marks, route.zone, answered_by);
  }
  return marks;
}

}  // namespace holdfast
