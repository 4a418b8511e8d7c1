// Figures: what a replay pack comes down to: how many clients were answered, how soon, what it
// cost, and how long upstreams were left and taken back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/scenario/story.h"
#include "tests/scenario/words.h"

namespace holdfast::scenario {

/// One number of a pack; no value where there was nothing to count.
struct Figure {
  std::string name;
  std::optional<double> value;
};

/// What is counted is asked from the outage's begin to the recovery's end, packets without probes:
///   queries; used-answered, new-answered: per cent of the queries for names that had an address
///   before, or none yet, that got one; stale: per cent of all; p50, p99, worst: milliseconds of
///   those who got an address;
///   noticed: per cent that failed or waited 100 ms longer than steady ones do; traffic, recovery:
///   packets a second in the outage, and in the recovery, in per cent of as long before it; over,
///   back: seconds until the health of an upstream said so.
[[nodiscard]] std::vector<Figure> figures_of(const Played& played, const Outage& outage);

/// "figures from T to T [recovery D] [of U…]"; moves `end` on to cover it.
[[nodiscard]] Outage read_outage(Words& words, TimePoint& end);

/// "figure NAME RANGE"
[[nodiscard]] Check read_figure(Words& words, const Outage& outage);

/// {"queries": 12, …}
[[nodiscard]] std::string to_json(const std::vector<Figure>& figures);

}  // namespace holdfast::scenario
