#include "config/policy_ranges.h"

namespace holdfast {
namespace {

constexpr PolicyRange time(std::string_view section, std::string_view name, Duration least,
                           Duration most) {
  return {.section = section, .name = name, .least = least, .most = most};
}

constexpr PolicyRange number(std::string_view section, std::string_view name, double least,
                             double most) {
  return {.section = section, .name = name, .least_number = least, .most_number = most};
}

constexpr PolicyRange count(std::string_view section, std::string_view name, double least,
                            double most) {
  return {
      .section = section, .name = name, .least_number = least, .most_number = most, .whole = true};
}

constexpr std::string_view kFailover = "failover";
constexpr std::string_view kHealth = "health";
constexpr std::string_view kSafety = "safety";

}  // namespace

const std::vector<PolicyRange>& policy_ranges() {
  static const std::vector<PolicyRange> ranges{
      time(kFailover, "exchange_timeout", 10ms, 4900ms),
      time(kFailover, "exchange_timeout_fast", 10ms, 4900ms),
      time(kFailover, "exchange_timeout_ens", 10ms, 4900ms),
      time(kFailover, "stale_after", 10ms, 4900ms),
      time(kFailover, "lookup_deadline", 100ms, 4900ms),  // glibc gives up after 5 s
      time(kFailover, "hedge_min", 1ms, 4900ms),
      time(kFailover, "hedge_max", 1ms, 4900ms),
      time(kFailover, "negative_grace", 0ms, 1s),
      time(kFailover, "failure_backoff", 100ms, 5min),
      time(kFailover, "failure_backoff_max", 100ms, 1h),
      time(kFailover, "failure_ttl", 1s, 5min),  // RFC 9520 3.2
      time(kFailover, "stale_ttl", 1s, 1h),
      time(kFailover, "turn_wait", 10ms, 1s),
      time(kFailover, "hold_alone", 0ms, 24h * 7),
      time(kFailover, "hold_disagreed", 0ms, 24h * 7),
      time(kFailover, "hold_agreed", 0ms, 24h * 7),
      time(kFailover, "hold_steady", 0ms, 24h * 30),
      number(kFailover, "retry_ratio", 0, 1),
      number(kFailover, "retry_burst", 0, 100'000),
      number(kFailover, "hedge_ratio", 0, 1),
      number(kFailover, "hedge_burst", 0, 100'000),
      count(kFailover, "race_width", 2, 8),
      number(kFailover, "refresh_rate", 1, 100'000),
      number(kFailover, "refresh_ratio", 0, 1),
      number(kFailover, "prefetch_rate", 0, 100'000),
      number(kFailover, "prefetch_ratio", 0, 1),
      count(kHealth, "window", 10, 1000),
      count(kHealth, "min_samples", 1, 1000),
      number(kHealth, "suspect_below", 0, 1),
      number(kHealth, "down_below", 0, 1),
      count(kHealth, "suspect_failures", 1, 1000),
      count(kHealth, "suspect_overdue", 1, 1000),
      number(kHealth, "overdue_factor", 1, 100),
      time(kHealth, "overdue_floor", 1ms, 4900ms),
      time(kHealth, "silent_down", 100ms, 1min),
      time(kHealth, "initial_rtt", 1ms, 4900ms),
      count(kHealth, "rtt_min_samples", 1, 1000),
      time(kHealth, "suspect_brief", 0ms, 1min),
      time(kHealth, "probe_interval", 1s, 1h),
      time(kHealth, "probe_suspect", 100ms, 1min),
      time(kHealth, "probe_down_first", 100ms, 1min),
      time(kHealth, "probe_down_max", 100ms, 1h),
      time(kHealth, "probe_no_usable", 100ms, 1min),
      number(kHealth, "probe_jitter", 0, 50),
      count(kHealth, "rise", 1, 100),
      number(kHealth, "slow_start_from", 0.01, 1),
      time(kHealth, "slow_start", 0ms, 1h),
      time(kHealth, "saved_state_max_age", 0ms, 24h),
      count(kSafety, "min_usable", 1, 256),
      time(kSafety, "ejection_interval", 100ms, 1h),
  };
  return ranges;
}

}  // namespace holdfast
