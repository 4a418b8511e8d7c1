// FailoverPolicy: every constant of the deadline ladder, of health and of the budgets, in one
// place, with its default and its reason. The configuration sets them, scenario files override them
// by name, and docs/FAILOVER.md lists them.
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"

namespace holdfast {

struct FailoverPolicy {
  // --- the deadline ladder of one lookup
  Duration exchange_timeout = 1s;          // the waiting for an exchange ends; its slot lives on
  Duration exchange_timeout_fast = 500ms;  // the same where p99 is at most half of this
  Duration exchange_timeout_ens = 3500ms;  // chain reads are slow
  Duration stale_after = 1800ms;           // RFC 8767 5, client response timer
  Duration lookup_deadline = 4s;           // SERVFAIL: always before glibc's 5 s
  Duration hedge_min = 20ms;               // hedge delay = clamp(p95, min, max)
  Duration hedge_max = 250ms;
  Duration negative_grace = 100ms;  // a rival's negative waits this long for a positive
  Duration failure_backoff = 5s;  // after a failed refresh stale is served at once (RFC 8767 5) …
  Duration failure_backoff_max = 30s;  // … doubling up to this
  Duration failure_ttl = 5s;  // a question's failure is remembered (RFC 9520: 1 s to 5 min)
  Duration stale_ttl = 30s;   // TTL on stale answers (RFC 8767 4)

  // --- the guard against sudden absence
  Duration turn_wait = 300ms;    // others have as long to contradict a sudden negative
  Duration hold_alone = 60s;     // held where nobody else may answer
  Duration hold_disagreed = 6h;  // held while those who may answer do not agree
  Duration hold_agreed = 1h;     // held against agreement, where a route asks for it …
  Duration hold_steady = 24h;    // … and the name has been positive for so long

  // --- budgets (token buckets)
  double retry_ratio = 0.20;  // later retries per lookup
  double retry_burst = 100;
  double hedge_ratio = 0.05;  // hedges per lookup, process-wide
  double hedge_burst = 10;
  double race_width = 2;         // exchanges at once under policy `race`
  double refresh_rate = 20;      // refreshes a second of what could not be refreshed before …
  double refresh_ratio = 0.20;   // … or per query, if that is more
  double prefetch_rate = 20;     // refreshes a second of popular answers that are about to end …
  double prefetch_ratio = 0.10;  // … or per query, if that is more

  // --- health: evidence
  double window = 50;           // outcomes looked back on
  double min_samples = 10;      // below this the window says nothing
  double suspect_below = 0.90;  // good share of the window
  double down_below = 0.50;
  double suspect_failures = 3;  // failures running
  double suspect_overdue = 5;   // exchanges overdue with no answer since the oldest was sent
  double overdue_factor = 3;    // overdue = older than max(factor × p95, floor)
  Duration overdue_floor = 50ms;
  Duration silent_down = 2s;     // no answer for this long, and a failed probe: down
  Duration initial_rtt = 100ms;  // p95 and p99 until …
  double rtt_min_samples = 20;   // … there are this many samples
  Duration suspect_brief = 1s;   // a suspicion cleared sooner than this goes straight back to up

  // --- health: probes and recovery
  Duration probe_interval = 30s;   // idle upstreams: a dead backup must not be found in the outage
  Duration probe_suspect = 1s;     // while suspect, and after a first success
  Duration probe_down_first = 1s;  // 1, 2, 4, 8 …
  Duration probe_down_max = 15s;   // … then this
  Duration probe_no_usable = 2s;   // while a route has no usable provider
  double probe_jitter = 20;        // percent
  double rise = 3;                 // successes running that end down
  double slow_start_from = 0.10;   // share of a recovering upstream
  Duration slow_start = 30s;       // time until its share is 1
  Duration saved_state_max_age = 5min;  // an older saved `down` is forgotten

  // --- safety (required in the configuration)
  double min_usable = 1;
  Duration ejection_interval = 5s;  // at most one provider ejected on soft evidence in this time
};

/// A policy value by name, for configuration and scenario overrides. Counts and ratios are doubles.
using PolicyField = std::variant<Duration FailoverPolicy::*, double FailoverPolicy::*>;

struct NamedPolicyField {
  std::string_view name;
  PolicyField field;
};

/// Every field of FailoverPolicy, in the order above; a test holds it complete.
[[nodiscard]] const std::vector<NamedPolicyField>& policy_fields();

}  // namespace holdfast
