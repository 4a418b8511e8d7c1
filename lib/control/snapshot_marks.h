// By whom each zone of a configuration is answered: what a reload, or a restart, compares.
#pragma once

#include "resolver/snapshot.h"
#include "upstream/zone_marks.h"

namespace holdfast {

/// A zone's mark changes with its route's visibility and tiers: other servers, another order.
[[nodiscard]] ZoneMarks marks_of(const Snapshot& snapshot);

}  // namespace holdfast
