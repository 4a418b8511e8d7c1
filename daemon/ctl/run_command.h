// Running a program of the system, and no shell.
#pragma once

#include <string>
#include <vector>

namespace holdfast::ctl {

/// What signals this process holds back is not held from it. True if it ended with 0 within 20 s;
/// what it says is not shown. One that takes longer is killed.
[[nodiscard]] bool run_command(const std::vector<std::string>& words);

}  // namespace holdfast::ctl
