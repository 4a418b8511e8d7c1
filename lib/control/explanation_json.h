// An Explanation as the JSON that `holdfastctl why --json` shows.
#pragma once

#include <string>

#include "resolver/explanation.h"

namespace holdfast {

/// One JSON object on one line. Times are seconds.
[[nodiscard]] std::string explanation_json(const Explanation& explanation);

}  // namespace holdfast
