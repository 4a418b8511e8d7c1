// Which zones a reload answers differently from now on: their cached answers came from elsewhere.
#pragma once

#include <vector>

#include "dns/name.h"
#include "resolver/snapshot.h"

namespace holdfast {

/// Zones whose route came, went, or changed its visibility or its tiers (other servers, another
/// order). Only the root if that is among them: everything is below it.
[[nodiscard]] std::vector<dns::Name> changed_zones(const Snapshot& now, const Snapshot& next);

}  // namespace holdfast
