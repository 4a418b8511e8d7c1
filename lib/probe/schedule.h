// When an upstream is probed next: a pure function of its state and of how its last probes went.
#pragma once

#include "base/random.h"
#include "base/time.h"
#include "upstream/health_board.h"
#include "upstream/policy.h"

namespace holdfast {

struct ProbeSituation {
  HealthState state = HealthState::up;
  unsigned failures_running = 0;     // probes failed since it went down
  unsigned successes_running = 0;    // towards its recovery
  bool route_has_no_usable = false;  // some route of its has no usable provider
  Duration interval{};               // of the upstream's probe specification
};

/// The time from the end of one probe to the next: the upstream's interval while all is well, every
/// second while suspect or after a first success, 1, 2, 4, 8 … 15 s while down, but 2 s at most
/// while a route has nobody. Jittered, so that many hosts do not probe in step.
[[nodiscard]] Duration next_probe_after(const ProbeSituation& situation,
                                        const FailoverPolicy& policy, Random& random) noexcept;

}  // namespace holdfast
