#include "probe/schedule.h"

#include <algorithm>

namespace holdfast {
namespace {

Duration backed_off(unsigned failures, const FailoverPolicy& policy) noexcept {
  Duration wait = policy.probe_down_first;
  for (unsigned i = 0; i < failures && wait < policy.probe_down_max; ++i)
    wait *= 2;
  return std::min(wait, policy.probe_down_max);
}

Duration plain_wait(const ProbeSituation& situation, const FailoverPolicy& policy) noexcept {
  switch (situation.state) {
    case HealthState::up:
    case HealthState::recovering:
      return situation.interval;
    case HealthState::suspect:
      return policy.probe_suspect;
    case HealthState::down:
      break;
  }
  if (situation.successes_running > 0) return policy.probe_suspect;
  const Duration wait = backed_off(situation.failures_running, policy);
  return situation.route_has_no_usable ? std::min(wait, policy.probe_no_usable) : wait;
}

}  // namespace

Duration next_probe_after(const ProbeSituation& situation, const FailoverPolicy& policy,
                          Random& random) noexcept {
  return random.jitter(plain_wait(situation, policy), static_cast<unsigned>(policy.probe_jitter));
}

}  // namespace holdfast
