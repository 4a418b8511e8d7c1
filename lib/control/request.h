// Requests on the control socket: one JSON object a line, e.g. {"command": "flush", "name":
// "example.org", "zone": true}. Parsing only; what they do is the daemon's control plane.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"
#include "base/wall_clock.h"
#include "config/config.h"
#include "control/drill_request.h"
#include "dns/question.h"
#include "timeline/timeline.h"

namespace holdfast {

enum class Command : std::uint8_t {
  status,
  why,
  force_up,
  force_down,
  force_auto,
  flush,
  holds,
  release,
  reload,
  check_config,
  audit,
  log_level,
  timeline,
  drill,
  sign,  // of takeover: a name that only who is told of it asks for, and whether it was
};
[[nodiscard]] const char* to_string(Command command) noexcept;
/// The other way; nullopt for what is no command.
[[nodiscard]] std::optional<Command> parse_command(std::string_view text);

/// What of the timeline is wanted; all of it if nothing is said.
struct TimelineRequest {
  std::optional<TimelineKind> kind;
  std::optional<Duration> past;   // not older than this …
  std::optional<WallTime> since;  // … or than this moment
  std::uint64_t after = 0;        // only records with a higher number
};

struct Request {
  Command command = Command::status;
  dns::Question question;             // why; flush, release and sign use its name
  std::string upstream;               // force_*
  std::optional<Duration> duration;   // force_up, force_down
  std::optional<LogLevel> log_level;  // log_level; none: only tell
  bool zone = false;                  // flush: everything at or below the name
  bool force = false;                 // reload
  TimelineRequest timeline;           // timeline
  DrillRequest drill;                 // drill
  bool simulate = false;              // audit: also what is needed to play its outages

  /// Only root and the daemon's own user may send it: it changes something, or tells what stands
  /// in the configuration's files.
  [[nodiscard]] bool changes_state() const noexcept;
};

/// One line. The alternative says what is wrong with it.
[[nodiscard]] std::variant<Request, std::string> parse_request(std::string_view line);

/// One line, without the newline, that parse_request() reads back.
[[nodiscard]] std::string print_request(const Request& request);

/// "error", "warning", "info", "debug".
[[nodiscard]] const char* to_string(LogLevel level) noexcept;
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view text);

}  // namespace holdfast
