// How holdfastctl ends.
#pragma once

namespace holdfast::ctl {

/// holdfastctl's exit statuses.
enum class Exit : int { ok = 0, failed = 1, usage = 2, unreachable = 3 };

}  // namespace holdfast::ctl
