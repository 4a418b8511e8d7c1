// Replies on the control socket: one JSON object a line. Each has "ok"; with false also "kind" and
// "error", one line for people, and "details".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace holdfast {

/// Why a request failed; holdfastctl's exit status follows it.
enum class Failure : std::uint8_t {
  usage,       // the request makes no sense
  bad_config,  // the configuration has mistakes
  refused,     // understood, and not done
  forbidden,   // not for this peer
};
[[nodiscard]] const char* to_string(Failure kind) noexcept;

[[nodiscard]] std::string failure_reply(Failure kind, std::string_view error,
                                        const std::vector<std::string>& details = {});

/// What became of a reload. Goes to the log, to metrics and to whoever asked for it.
struct ReloadReport {
  bool taken = false;
  std::uint64_t generation = 0;       // in force now
  Failure kind = Failure::refused;    // the rest of this group: when not taken
  std::string error;                  // one line
  std::vector<std::string> details;   // each mistake, or each unsafe change
  std::vector<std::string> warnings;  // of the configuration
  std::vector<std::string> restart;   // keys that wait for a restart
  std::vector<std::string> flushed;   // zones whose cached answers were dropped
};

[[nodiscard]] std::string reload_reply(const ReloadReport& report);

/// {"ok": …, "file": …, "errors": [{"file", "pointer", "message"}], "warnings": […]}
[[nodiscard]] std::string check_reply(const LoadedConfig& loaded, std::string_view path);

/// The same for people: one line for each mistake and warning, and a last one with the verdict.
[[nodiscard]] std::string check_text(const LoadedConfig& loaded, std::string_view path);

}  // namespace holdfast
