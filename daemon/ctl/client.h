// One request to the daemon's control socket, and its reply. Blocking: holdfastctl has nothing else
// to do.
#pragma once

#include <string>

#include "base/result.h"

namespace holdfast::ctl {

/// Sends `line` to the Unix socket `path` and gives the line that comes back, without its newline.
/// An error if nobody listens there, the daemon hangs up, or nothing comes for 15 s (timed_out).
[[nodiscard]] Result<std::string> ask(const std::string& path, const std::string& line);

/// What such an error means for who asked, in one line.
[[nodiscard]] std::string explain_error(const std::error_code& error, const std::string& path);

}  // namespace holdfast::ctl
