// holdfastd's command line.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "daemon/ctl/audit.h"

namespace holdfast {

/// The daemon's exit statuses.
enum class Exit : int { ok = 0, start_failed = 1, usage = 2 };

struct Options {
  std::string config = "/etc/holdfast/holdfast.json";
  bool check_only = false;          // tell the mistakes of `config`, start nothing
  std::optional<ctl::Audit> audit;  // tell the weaknesses of its file, start nothing
};

/// The alternative is an exit status: help or version was shown, or the usage was wrong and it was
/// said.
[[nodiscard]] std::variant<Options, Exit> parse_options(int argc, const char* const* argv);

}  // namespace holdfast
