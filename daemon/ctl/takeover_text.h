// What a takeover or giveback does, for people and for programs.
#pragma once

#include <iosfwd>
#include <string>

#include "host/plan.h"

namespace holdfast::ctl {

/// A line for each manager found, file written, command run, and note.
void print_plan(const host::Plan& plan, std::ostream& out);

/// One line: {"ok":BOOL, "managed_by":[NAME…], "writes":[{"path":…,"why":…}…], "runs":[[WORD…]…],
/// "notes":[TEXT…], "said":[LINE…]}; and "error":TEXT if it is not ok. `plan` may be nullptr:
/// nothing was planned, and its parts are left out. `said` and `error` are lines of text.
[[nodiscard]] std::string takeover_json(bool ok, const host::Plan* plan, const std::string& said,
                                        const std::string& error);

}  // namespace holdfast::ctl
