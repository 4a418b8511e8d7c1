// What a scenario may expect, from its words to a check over what was played.
#pragma once

#include <cstddef>
#include <optional>

#include "tests/scenario/story.h"
#include "tests/scenario/words.h"

namespace holdfast::scenario {

/// A time with a tolerance: "10s", "10s±50ms".
struct Moment {
  TimePoint at;
  Duration tolerance{1'000'000};

  [[nodiscard]] bool holds(TimePoint when) const noexcept {
    return when >= at - tolerance && when <= at + tolerance;
  }
};

[[nodiscard]] Moment read_moment(Words& words);

/// Where an expectation stands.
struct ExpectContext {
  TimePoint now;                 // the latest `at`
  std::optional<Moment> moment;  // the `at` of its own line: when it must happen
  std::size_t queries = 0;       // query statements before it; the last one is meant
  TimePoint* end = nullptr;      // moved on to cover times it names
  std::optional<Outage> outage;  // that figures are of
};

/// Reads what stands behind "expect". Throws Mistake.
[[nodiscard]] Check read_expectation(Words& words, const ExpectContext& context);

/// What must hold in every story: each query gets exactly one reply and within its deadline, and
/// nothing is left over at the end.
[[nodiscard]] std::vector<std::string> check_order(const Played& played);

}  // namespace holdfast::scenario
