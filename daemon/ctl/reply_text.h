// What holdfastctl prints: the daemon's JSON replies as text for people, in which no name that
// others chose steers the terminal (harmless.h).
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "control/request.h"
#include "daemon/ctl/table.h"

namespace holdfast::ctl {

/// The text for a successful reply to `request`. A reply that lacks what it should have throws
/// nlohmann's exception: another version's daemon.
[[nodiscard]] std::string print_reply(const Request& request, const nlohmann::json& reply,
                                      const Paint& paint);

/// The text for a failed reply: the error, and a line for each detail.
[[nodiscard]] std::string print_failure(const nlohmann::json& reply);

[[nodiscard]] std::string print_status(const nlohmann::json& status, const Paint& paint);
[[nodiscard]] std::string print_why(const nlohmann::json& explanation, const Paint& paint);

[[nodiscard]] std::string print_audit(const nlohmann::ordered_json& reply, const Paint& paint);

[[nodiscard]] std::string print_holds(const nlohmann::json& holds, const Paint& paint);

/// A line for each record, the oldest first; no heads, so that more can follow.
[[nodiscard]] std::string print_timeline(const nlohmann::json& records, const Paint& paint);

/// How a health state is coloured.
[[nodiscard]] Tone tone_of_state(const std::string& state);

}  // namespace holdfast::ctl
