// holdfastctl's command line.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "control/request.h"

namespace holdfast::ctl {

inline constexpr const char* kDefaultSocket = "/run/holdfast/control.sock";

/// holdfastctl's exit statuses.
enum class Exit : int { ok = 0, failed = 1, usage = 2, unreachable = 3 };

struct Arguments {
  Request request;
  std::string socket = kDefaultSocket;
  bool json = false;
  std::string file;  // check-config FILE: checked here, without the daemon
};

/// The alternative is an exit status: help was shown, or the usage was wrong and it was said.
/// `socket` is the value of HOLDFAST_SOCKET, if it is set.
[[nodiscard]] std::variant<Arguments, Exit> parse_arguments(int argc, const char* const* argv,
                                                            const char* socket);

}  // namespace holdfast::ctl
