// MetricsView: everything a scrape shows, as plain values and borrowed counters, so that the text
// can be made (exposition.h) and tested without a running daemon. Wall-clock times are Unix
// seconds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "resolver/worker_counters.h"
#include "timeline/timeline.h"
#include "upstream/health_board.h"
#include "upstream/upstream.h"

namespace holdfast {

inline constexpr std::size_t kHealthStates = 4;

struct UpstreamSeries {
  UpstreamId id{};
  std::string name, provider, transport;
  std::vector<std::string> endpoints;  // of a chain, by their names
  HealthView view;
  double good_ratio = 1;
  std::uint64_t probes_sent = 0, probes_failed = 0;
  double last_probe_success = 0;                           // 0: none yet
  std::optional<std::int64_t> certificates_end;            // none: no TLS; 0: none shown yet
  std::array<std::uint64_t, kHealthStates> transitions{};  // into each HealthState
};

struct RouteSeries {
  std::string label;
  unsigned usable = 0, min_usable = 1;
  bool panic = false;
};

struct ReloadSeries {
  std::uint64_t succeeded = 0, failed = 0;
  bool last_succeeded = true;
  double last_success = 0;  // the start counts
  std::uint64_t generation = 0;
};

/// Times that health and connections began anew: resume from sleep, changed address, changed route,
/// a clock that was set.
using UpheavalSeries = std::array<std::uint64_t, 4>;

struct ProcessSeries {
  double start_time = 0;
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0, virtual_bytes = 0;
  std::uint64_t open_fds = 0, max_fds = 0;
};

/// What our own listeners answer to ourselves.
struct SelfQuerySeries {
  std::uint64_t answered = 0, unanswered = 0;
  double last_seconds = 0;  // of the last one answered
};

/// Outages on purpose.
struct DrillSeries {
  bool active = false;
  std::uint64_t ended = 0, stopped = 0, aborted = 0, reload = 0;
  std::uint64_t seen = 0, spoiled = 0;  // exchanges in reach, and those of them spoiled
};

struct LabelledCount {
  const char* label;
  std::uint64_t count;
};

/// The fleet's memory.
struct FleetSeries {
  bool up = false;
  std::uint64_t connects = 0, published = 0;
  std::vector<LabelledCount> link_faults, not_published, reads, rejected;
};

/// The store on disk.
struct StoreSeries {
  bool up = false, loading = false;
  std::uint64_t rows = 0, bytes = 0;
  std::uint64_t loaded = 0, written = 0, dropped = 0, damaged = 0;
  std::uint64_t set_aside = 0, errors = 0;
  double load_seconds = 0;
  std::uint64_t read_hits = 0, read_misses = 0;
};

struct MetricsView {
  std::string version;
  std::vector<const WorkerCounters*> workers;      // summed; alive during the call
  std::vector<const WorkerCounters*> probe_books;  // transports that only probe; alive likewise
  std::vector<UpstreamSeries> upstreams;
  std::vector<RouteSeries> routes;
  CacheStats cache;
  std::uint64_t cache_max_bytes = 0;
  std::uint64_t holds = 0;                      // names held against their providers
  std::optional<std::uint64_t> takeover_drift;  // none: the host was not taken over
  std::optional<StoreSeries> store;             // none: memory only
  ReloadSeries reloads;
  ProcessSeries process;
  double checker_age = 0;  // seconds since the checker's last tick
  double worker_age = 0;   // the oldest of the workers' last ticks
  std::uint64_t query_log_dropped = 0;
  UpheavalSeries upheavals{};
  std::array<std::uint64_t, kTimelineKinds> timeline{};  // records since the start
  DrillSeries drills;
  SelfQuerySeries self_queries;
  std::optional<FleetSeries> fleet;  // none: not configured
};

}  // namespace holdfast
