// Scenario text to Story.
#pragma once

#include <string>
#include <string_view>

#include "tests/scenario/story.h"

namespace holdfast::scenario {

/// Throws Mistake with "line N: …".
[[nodiscard]] Story parse_story(std::string_view text);

}  // namespace holdfast::scenario
