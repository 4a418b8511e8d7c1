#include "upstream/policy.h"

namespace holdfast {

const std::vector<NamedPolicyField>& policy_fields() {
  using P = FailoverPolicy;
  static const std::vector<NamedPolicyField> fields{
      {"exchange_timeout", &P::exchange_timeout},
      {"exchange_timeout_fast", &P::exchange_timeout_fast},
      {"exchange_timeout_ens", &P::exchange_timeout_ens},
      {"stale_after", &P::stale_after},
      {"lookup_deadline", &P::lookup_deadline},
      {"hedge_min", &P::hedge_min},
      {"hedge_max", &P::hedge_max},
      {"negative_grace", &P::negative_grace},
      {"failure_backoff", &P::failure_backoff},
      {"failure_backoff_max", &P::failure_backoff_max},
      {"failure_ttl", &P::failure_ttl},
      {"stale_ttl", &P::stale_ttl},
      {"turn_wait", &P::turn_wait},
      {"hold_alone", &P::hold_alone},
      {"hold_disagreed", &P::hold_disagreed},
      {"hold_agreed", &P::hold_agreed},
      {"hold_steady", &P::hold_steady},
      {"retry_ratio", &P::retry_ratio},
      {"retry_burst", &P::retry_burst},
      {"hedge_ratio", &P::hedge_ratio},
      {"hedge_burst", &P::hedge_burst},
      {"race_width", &P::race_width},
      {"refresh_rate", &P::refresh_rate},
      {"refresh_ratio", &P::refresh_ratio},
      {"prefetch_rate", &P::prefetch_rate},
      {"prefetch_ratio", &P::prefetch_ratio},
      {"window", &P::window},
      {"min_samples", &P::min_samples},
      {"suspect_below", &P::suspect_below},
      {"down_below", &P::down_below},
      {"suspect_failures", &P::suspect_failures},
      {"suspect_overdue", &P::suspect_overdue},
      {"overdue_factor", &P::overdue_factor},
      {"overdue_floor", &P::overdue_floor},
      {"silent_down", &P::silent_down},
      {"initial_rtt", &P::initial_rtt},
      {"rtt_min_samples", &P::rtt_min_samples},
      {"suspect_brief", &P::suspect_brief},
      {"probe_interval", &P::probe_interval},
      {"probe_suspect", &P::probe_suspect},
      {"probe_down_first", &P::probe_down_first},
      {"probe_down_max", &P::probe_down_max},
      {"probe_no_usable", &P::probe_no_usable},
      {"probe_jitter", &P::probe_jitter},
      {"rise", &P::rise},
      {"slow_start_from", &P::slow_start_from},
      {"slow_start", &P::slow_start},
      {"saved_state_max_age", &P::saved_state_max_age},
      {"min_usable", &P::min_usable},
      {"ejection_interval", &P::ejection_interval},
  };
  return fields;
}

}  // namespace holdfast
