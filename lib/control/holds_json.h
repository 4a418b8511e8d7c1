// What `holdfastctl holds` shows: the names that are held against their providers, as JSON.
#pragma once

#include <string>
#include <vector>

#include "resolver/hold_book.h"

namespace holdfast {

/// One JSON object on one line; times are seconds.
[[nodiscard]] std::string holds_json(const std::vector<Hold>& holds, TimePoint now);

}  // namespace holdfast
