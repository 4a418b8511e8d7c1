// The timeline as JSON: for the status document, the control socket and the log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "timeline/timeline.h"

namespace holdfast {

/// Names that clients asked for are for the control socket and the log, not for the HTTP port.
enum class TimelineNames : std::uint8_t { left_out, shown };

/// `seq`, `at`, `kind`, `subject`, `cause`, `evidence`, and `name` where there is one to show.
[[nodiscard]] nlohmann::ordered_json timeline_json(const TimelineRecord& record,
                                                   TimelineNames names);

/// A record as one line of JSON, its name with it.
[[nodiscard]] std::string timeline_line(const TimelineRecord& record);

/// The reply to `timeline`, one line.
[[nodiscard]] std::string timeline_reply(const std::vector<TimelineRecord>& records,
                                         std::uint64_t dropped);

/// "2026-05-04T10:20:30.123Z"
[[nodiscard]] std::string print_wall_milliseconds(WallTime at);

/// Reads such a time back; fractions may be absent. nullopt for anything else.
[[nodiscard]] std::optional<WallTime> parse_wall_time(const std::string& text);

}  // namespace holdfast
