// From the configuration of the fleet to what its thread runs on: the files are read here.
#pragma once

#include <string>
#include <variant>

#include "config/config.h"
#include "daemon/fleet_thread.h"

namespace holdfast {

/// Or one line that says what to do. Precondition: config.fleet.
[[nodiscard]] std::variant<FleetParts, std::string> read_fleet_parts(const Config& config);

}  // namespace holdfast
