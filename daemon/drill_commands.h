// Drills of the running service: what `holdfastctl drill` does, and what the control thread does
// for them. Control thread.
#pragma once

#include <string>

#include "control/drill_request.h"
#include "daemon/service.h"

namespace holdfast {

/// The reply.
[[nodiscard]] std::string drill(Service& service, const DrillRequest& request);

/// Every beat: steps of packs, and the end.
void follow_drills(Service& service, TimePoint now);

/// Every second: what clients got, which may abort one.
void count_drills(Service& service, TimePoint now);

/// Another configuration is taken: a drill speaks of the one before.
void end_drills(Service& service);

}  // namespace holdfast
