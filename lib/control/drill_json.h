// Drills as JSON: for the status document and the control socket.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "drill/drills.h"

namespace holdfast {

/// What the status shows of one: `id`, `provider`, `mode`, `percent`, `route`, `started`, `ends`,
/// `pack`, `queries`, `spoiled`.
[[nodiscard]] nlohmann::ordered_json drill_json(const DrillReport& report);

/// The whole report, one line; a reply to `drill report` and `drill start`.
[[nodiscard]] std::string drill_report_reply(const DrillReport& report);

/// The reply to `drill list`: those that are remembered, and the packs.
[[nodiscard]] std::string drill_list_reply(const std::vector<const DrillReport*>& reports,
                                           const std::vector<DrillPack>& packs);

/// The reply to a dry run.
[[nodiscard]] std::string drill_plan_reply(const DrillVerdict& verdict);

}  // namespace holdfast
