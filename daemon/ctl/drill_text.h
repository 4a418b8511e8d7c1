// What `holdfastctl drill` prints.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "control/drill_request.h"
#include "daemon/ctl/table.h"

namespace holdfast::ctl {

/// Of a successful reply.
[[nodiscard]] std::string print_drill_reply(const DrillRequest& request,
                                            const nlohmann::json& reply, const Paint& paint);

/// "timeout at 100 %", "pack seoul-2018".
[[nodiscard]] std::string print_drill_kind(const nlohmann::json& drill);

/// The whole report: phases, routes, what traffic did.
[[nodiscard]] std::string print_drill_report(const nlohmann::json& report, const Paint& paint);

}  // namespace holdfast::ctl
