// By whom each zone of a configuration is answered: what a reload, or a restart, compares.
#pragma once

#include "resolver/snapshot.h"
#include "upstream/zone_marks.h"

namespace holdfast {

/// A zone's mark changes with its route's visibility, and with the servers whose view of it may be
/// their own: all of a private or split-view zone, those of class cloud of a public one. What
/// public resolvers have said stays true whichever of them is asked from now on, and is needed most
/// when one is taken out or added because of an outage.
[[nodiscard]] ZoneMarks marks_of(const Snapshot& snapshot);

}  // namespace holdfast
