// Files that others write, too: only a part of them is ours, and it alone is compared, written
// again and taken out.
#pragma once

#include <optional>

#include "host/plan.h"

namespace holdfast::ctl {

/// Is that part of `now` what it is in `after`?
[[nodiscard]] bool has_part(host::Part part, const host::FileState& now,
                            const host::FileState& after);

/// `now`, but with that part of `after`. nullopt: what is there now cannot be understood.
[[nodiscard]] std::optional<host::FileState> with_part(host::Part part, const host::FileState& now,
                                                       const host::FileState& after);

}  // namespace holdfast::ctl
