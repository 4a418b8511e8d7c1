// Plays a story on a Sim and says what did not come as expected.
#pragma once

#include <string>
#include <vector>

#include "tests/scenario/story.h"

namespace holdfast::scenario {

struct Outcomes {
  std::vector<std::string> failures;  // "line 12: expect … : found …"
  std::string log;                    // the event log, only with failures
};

/// `seed` drives losses, jitter and 0x20.
[[nodiscard]] Outcomes play(const Story& story, std::uint64_t seed);

}  // namespace holdfast::scenario
