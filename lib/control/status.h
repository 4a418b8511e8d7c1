// StatusReport: the daemon's state as plain values, and as the JSON that `holdfastctl status
// --json`, /api/v1/status and the status page show. Collected on the control thread; whoever holds
// a report may read it anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/wall_clock.h"
#include "cache/cache.h"
#include "drill/drill_run.h"
#include "probe/checker.h"
#include "route/route.h"
#include "timeline/timeline.h"
#include "upstream/endpoint_counters.h"

namespace holdfast {

/// An endpoint of a chain.
struct EndpointReport {
  std::string name;  // never its url
  std::string provider;
  std::string host;
  bool trusted = false;
  EndpointTotals totals;
  std::string fault;  // in words; "" if there is none
};

struct UpstreamReport {
  UpstreamStatus status;
  std::string upstream_class, transport;
  std::string address;                    // the first endpoint, or the host name to resolve
  std::string fault;                      // why TLS or HTTP fails; "" if neither does
  std::uint64_t exchanges = 0;            // started
  std::uint64_t answered = 0;             // of them, with an answer
  std::vector<EndpointReport> endpoints;  // of class ens
};

struct RouteReport {
  std::string zone, visibility, policy;
  std::vector<std::vector<std::string>> tiers;  // names of upstreams
  unsigned usable = 0, min_usable = 1;
  bool panic = false, builtin = false;
};

struct TrafficReport {
  std::uint64_t queries = 0, failures = 0, shed = 0;
  std::uint64_t cache_hits = 0, cache_misses = 0;
  std::uint64_t lookups_in_flight = 0, failovers = 0;
};

struct FleetReport {
  std::string url;
  bool up = false;
  TimePoint since{};
  std::string fault;  // why it is not up, as far as it is known
  std::uint64_t published = 0, reads = 0, hits = 0, rejected = 0;
};

struct StoreReport {
  std::string path;
  bool up = false, loading = false;
  std::uint64_t rows = 0, bytes = 0, max_bytes = 0;
  std::uint64_t loaded = 0, written = 0, dropped = 0, damaged = 0;
  std::uint64_t set_aside = 0, errors = 0;
  double load_seconds = 0;
  std::uint64_t read_hits = 0, read_misses = 0;
};

/// The latest of what happened.
struct TimelineReport {
  static constexpr std::size_t kMost = 100;
  std::uint64_t dropped = 0;            // from the daemon's own list, which is longer
  std::vector<TimelineRecord> records;  // the latest first
};

struct StatusReport {
  std::string version;
  TimePoint now{};      // when it was collected
  WallTime wall_now{};  // the same moment
  Duration uptime{};
  std::string config_path;
  std::uint64_t generation = 0;
  Duration config_age{};          // since that generation was taken
  std::string last_reload_error;  // empty: the last reload was taken
  std::vector<std::string> listeners;
  unsigned workers = 0;
  bool ready = false, stopping = false;
  TrafficReport traffic;
  CacheStats cache;
  std::size_t cache_max_bytes = 0;
  std::optional<FleetReport> fleet;  // none: not configured
  std::optional<StoreReport> store;  // none: memory only
  std::vector<RouteReport> routes;
  std::vector<UpstreamReport> upstreams;
  std::size_t holds = 0;  // names held against their providers; which ones only the socket tells
  /// What somebody wrote to since the takeover of this host; none: it was not taken over.
  std::optional<std::vector<std::string>> takeover_drift;
  std::vector<HealthEvent> transitions;  // recent ones, the latest first
  std::vector<DrillReport> drills;       // that run
  TimelineReport timeline;
};

/// One JSON object on one line; its keys are described in docs/METRICS.md. Times are seconds, ages
/// before `now`.
[[nodiscard]] std::string status_json(const StatusReport& report);

/// "2026-05-04T10:20:30Z"
[[nodiscard]] std::string print_wall_time(WallTime at);

}  // namespace holdfast
