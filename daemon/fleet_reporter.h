// What status and metrics show of the fleet's memory: the fleet thread's counters and the ports'.
#pragma once

#include "control/status.h"
#include "daemon/fleet_thread.h"
#include "metrics/metrics_view.h"

namespace holdfast {

/// Any thread, once the fleet thread is started.
[[nodiscard]] FleetSeries fleet_series(const FleetThread& fleet);
[[nodiscard]] FleetReport fleet_report(const FleetThread& fleet, const std::string& url);

}  // namespace holdfast
