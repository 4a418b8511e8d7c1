// Plays a story on a Sim and says what did not come as expected.
#pragma once

#include <string>
#include <vector>

#include "tests/scenario/story.h"

namespace holdfast::scenario {

struct Outcomes {
  std::vector<std::string> failures;  // "line 12: expect … : found …"
  std::string log;                    // the event log, with failures, or if asked for
  std::string figures;                // as JSON; empty if the story has none
};

struct PlayOptions {
  std::uint64_t seed = 1;      // drives losses, jitter and 0x20
  std::size_t log_lines = 60;  // the last ones
  bool log_always = false;     // also when all is as expected
};

[[nodiscard]] Outcomes play(const Story& story, const PlayOptions& options);

}  // namespace holdfast::scenario
