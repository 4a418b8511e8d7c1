#include "daemon/reporter.h"

#include <algorithm>
#include <chrono>

#include "daemon/control_plane.h"
#include "daemon/endpoint_reporter.h"
#include "daemon/fleet_reporter.h"
#include "daemon/log.h"
#include "daemon/resources.h"
#include "daemon/timeline_writer.h"
#include "daemon/version.h"
#include "net/upstream_socket.h"
#include "upstream/outcome.h"

namespace holdfast {
namespace {

constexpr std::size_t kTransitionsKept = 50;
constexpr std::size_t kTransitionsShown = 10;
constexpr Duration kShortagePause = 10s;

double unix_seconds(WallTime at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

std::vector<const WorkerCounters*> counters_of(const Service& service) {
  std::vector<const WorkerCounters*> counters;
  for (const auto& worker : service.workers)
    counters.push_back(&worker->counters());
  return counters;
}

std::vector<std::vector<std::string>> names_of(const Snapshot& snapshot, const Route& route) {
  std::vector<std::vector<std::string>> tiers;
  for (const Tier& tier : route.tiers) {
    auto& names = tiers.emplace_back();
    for (const UpstreamId id : tier)
      names.push_back(snapshot.upstream(id).name);
  }
  return tiers;
}

std::vector<RouteReport> collect_routes(Service& service) {
  std::vector<RouteReport> reports;
  for (const Route& route : service.snapshot->routes.routes()) {
    RouteReport report;
    report.zone = route.label;
    report.visibility = to_string(route.visibility);
    report.policy = to_string(route.policy);
    report.tiers = names_of(*service.snapshot, route);
    report.usable = service.plane->checker().usable_count(route);
    report.min_usable = route.min_usable;
    report.panic = !route.tiers.empty() && report.usable < report.min_usable;
    report.builtin = route.builtin;
    reports.push_back(std::move(report));
  }
  return reports;
}

/// Where exchanges with it go, as far as it is known.
std::string address_of(const Service& service, const Upstream& upstream) {
  if (upstream.chain) {
    return std::to_string(upstream.chain->endpoints.size()) + " endpoints of chain " +
           std::to_string(upstream.chain->id);
  }
  if (upstream.host.empty()) {
    return upstream.endpoints.empty() ? "" : upstream.endpoints.front().to_string();
  }
  const auto found = service.addresses.find(upstream.id);
  if (!found || found->empty()) return upstream.host + " (address unknown)";
  return upstream.host + " (" + found->front().to_string() + ")";
}

UpstreamReport collect_upstream(const Service& service, UpstreamStatus status) {
  const Upstream& upstream = service.snapshot->upstream(status.id);
  UpstreamReport report;
  report.upstream_class = to_string(upstream.upstream_class);
  report.transport = to_string(upstream.transport);
  report.address = address_of(service, upstream);
  report.fault = service.plane->fault_of(upstream.id);
  report.endpoints = endpoint_reports(service, upstream);
  for (const auto& worker : service.workers) {
    const UpstreamCounters* counters = worker->counters().find(status.id);
    if (counters == nullptr) continue;
    for (const Counter& started : counters->started)
      report.exchanges += started.get();
    for (std::size_t i = 0; i < kOutcomes; ++i) {
      if (is_answer(static_cast<Outcome>(i))) report.answered += counters->outcomes[i].get();
    }
  }
  report.status = std::move(status);
  return report;
}

std::vector<UpstreamReport> collect_upstreams(Service& service, TimePoint now) {
  std::vector<UpstreamReport> reports;
  const auto& known = service.snapshot->upstreams;
  for (UpstreamStatus& status : service.plane->checker().status(now)) {
    const auto at = index(status.id);
    if (at >= known.size() || !known[at]) continue;  // retired
    reports.push_back(collect_upstream(service, std::move(status)));
  }
  return reports;
}

TrafficReport collect_traffic(const Service& service) {
  TrafficReport traffic;
  for (const WorkerCounters* counters : counters_of(service)) {
    traffic.queries += counters->queries_udp.get() + counters->queries_tcp.get();
    traffic.failures += counters->answers[static_cast<std::size_t>(AnswerSource::failure)].get();
    for (const Counter& shed : counters->shed)
      traffic.shed += shed.get();
    traffic.cache_hits += counters->cache_hits.get();
    traffic.cache_misses += counters->cache_misses.get();
    traffic.lookups_in_flight += static_cast<std::uint64_t>(counters->lookups_in_flight.get());
    traffic.failovers += counters->failovers.get();
  }
  return traffic;
}

StoreReport collect_store(const Service& service) {
  const StoreCounters& counters = service.store->counters();
  StoreReport report;
  report.path = service.started_with.store.path;
  report.max_bytes = service.started_with.store.max_bytes;
  report.up = counters.up.get() != 0;
  report.loading = counters.loading.get() != 0;
  report.rows = static_cast<std::uint64_t>(std::max<std::int64_t>(0, counters.rows.get()));
  report.bytes = static_cast<std::uint64_t>(counters.bytes.get());
  report.loaded = counters.loaded.get();
  report.load_seconds = static_cast<double>(counters.load_milliseconds.get()) / 1000;
  report.written = counters.written.get();
  report.dropped = counters.dropped.get() + service.store->dropped();
  report.damaged = counters.damaged.get();
  report.set_aside = counters.set_aside.get();
  report.read_hits = counters.read_hits.get();
  report.read_misses = counters.read_misses.get();
  report.errors = counters.errors.get();
  return report;
}

/// The metric wants the last success; the checker remembers the last probe.
void note_probes(History& history, const StatusReport& report) {
  for (const auto& upstream : report.upstreams) {
    const auto& status = upstream.status;
    if (!status.last_probe_outcome || !is_answer(*status.last_probe_outcome)) continue;
    history.last_probe_success[status.id] =
        unix_seconds(report.wall_now) - seconds(report.now - status.last_probe);
  }
}

UpstreamSeries series_of(Service& service, const UpstreamReport& report) {
  UpstreamSeries series;
  series.id = report.status.id;
  series.name = report.status.name;
  series.provider = report.status.provider;
  series.transport = report.transport;
  for (const EndpointReport& endpoint : report.endpoints)
    series.endpoints.push_back(endpoint.name);
  series.view = report.status.view;
  series.good_ratio = report.status.good_ratio;
  const auto& upstream = service.snapshot->upstream(series.id);
  if (upstream.transport == TransportKind::tls || upstream.transport == TransportKind::https)
    series.certificates_end = service.plane->certificates_end(series.id);
  series.probes_sent = service.plane->checker().probes_sent(series.id);
  series.probes_failed = service.plane->checker().probes_failed(series.id);
  if (const auto found = service.history.last_probe_success.find(series.id);
      found != service.history.last_probe_success.end()) {
    series.last_probe_success = found->second;
  }
  if (const auto found = service.history.entered.find(series.id);
      found != service.history.entered.end()) {
    series.transitions = found->second;
  }
  return series;
}

StoreSeries series_of(const StoreReport& report) {
  return {report.up,           report.loading,   report.rows,       report.bytes,     report.loaded,
          report.written,      report.dropped,   report.damaged,    report.set_aside, report.errors,
          report.load_seconds, report.read_hits, report.read_misses};
}

DrillSeries drill_series(const Service& service) {
  const auto& ended = service.drills.counts();
  const auto count = [&ended](DrillEnd end) { return ended[static_cast<std::size_t>(end)]; };
  return {service.drills.running() != nullptr,
          count(DrillEnd::time_over),
          count(DrillEnd::stopped),
          count(DrillEnd::aborted),
          count(DrillEnd::reload),
          service.drill_board.seen(),
          service.drill_board.spoiled()};
}

std::uint64_t query_log_dropped(const Service& service) {
  std::uint64_t dropped = service.history.query_log_cut;
  for (const auto& worker : service.workers) {
    if (worker->query_log() != nullptr) dropped += worker->query_log()->dropped();
  }
  return dropped;
}

LogLevel level_of(const HealthEvent& event) {
  return event.to == HealthState::down || event.to == HealthState::suspect ? LogLevel::warning
                                                                           : LogLevel::info;
}

/// "unreachable" does not tell that the trouble is here, and in the configuration.
void warn_of_origin(const Service& service, const HealthEvent& event) {
  if (event.to != HealthState::suspect) return;
  const auto& upstreams = service.snapshot->upstreams;
  const auto& upstream = index(event.id) < upstreams.size() ? upstreams[index(event.id)] : nullptr;
  if (!upstream) return;
  const std::string fault = origin_fault({upstream->source, upstream->interface});
  if (fault.empty()) return;
  HOLDFAST_LOG(warning, "upstream {} cannot be asked: {}; see `ip address`", upstream->name, fault);
}

void write_entry(const QueryLogEntry& entry) {
  log_line(LogLevel::info, fmt::format("query {} {} over {}: {} from {} in {:.1f} ms",
                                       entry.client.to_string(), entry.question.to_string(),
                                       entry.over_tcp ? "tcp" : "udp", dns::to_string(entry.rcode),
                                       to_string(entry.source), seconds(entry.took) * 1000));
}

}  // namespace

StatusReport collect_status(Service& service, TimePoint now) {
  const History& history = service.history;
  StatusReport report;
  report.version = kVersion;
  report.now = now;
  report.wall_now = std::chrono::system_clock::now();
  report.uptime = now - history.started;
  report.config_path = service.config_path;
  report.generation = service.snapshot->generation;
  report.config_age = now - history.taken;
  report.last_reload_error = history.last_reload_error;
  report.listeners = service.listeners;
  report.workers = static_cast<unsigned>(service.workers.size());
  report.ready = service.ready;
  report.stopping = service.stopping;
  report.traffic = collect_traffic(service);
  report.cache = service.cache->stats();
  report.holds = service.holds.list(now).size();
  report.takeover_drift = service.guard.drift();
  report.cache_max_bytes = service.cache->max_bytes();
  if (service.store) report.store = collect_store(service);
  report.routes = collect_routes(service);
  if (service.fleet) {
    report.fleet = fleet_report(*service.fleet, service.started_with.fleet->url());
  }
  report.upstreams = collect_upstreams(service, now);
  const auto shown = std::min(history.transitions.size(), kTransitionsShown);
  report.transitions.assign(history.transitions.begin(),
                            history.transitions.begin() + static_cast<std::ptrdiff_t>(shown));
  if (const DrillReport* drill = service.drills.running()) report.drills = {*drill};
  report.timeline.dropped = service.timeline.dropped();
  Timeline::Wanted latest;
  latest.most = TimelineReport::kMost;
  report.timeline.records = service.timeline.select(latest);
  return report;
}

void publish(Service& service, TimePoint now) {
  auto published = std::make_shared<Published>();
  published->report = collect_status(service, now);
  note_probes(service.history, published->report);
  for (const auto& upstream : published->report.upstreams) {
    published->upstreams.push_back(series_of(service, upstream));
  }
  for (const auto& route : published->report.routes) {
    if (route.builtin) continue;  // ninety zones that say all the same
    published->routes.push_back({route.zone, route.usable, route.min_usable, route.panic});
  }
  published->reloads = service.history.reloads;
  published->checker_tick = service.plane->checker().last_tick();
  published->query_log_dropped = query_log_dropped(service);
  published->upheavals = service.history.upheavals;
  published->timeline = service.timeline.counts();
  published->drills = drill_series(service);
  service.published.replace(std::move(published));
}

MetricsView metrics_view(const Service& service) {
  const auto published = service.published.read();
  const TimePoint now = boot_time();
  MetricsView view;
  view.version = kVersion;
  view.workers = counters_of(service);
  view.probe_books = {&service.plane->counters()};
  view.upstreams = published->upstreams;
  view.routes = published->routes;
  view.cache = published->report.cache;
  view.cache_max_bytes = published->report.cache_max_bytes;
  view.holds = published->report.holds;
  if (const auto& drift = published->report.takeover_drift) view.takeover_drift = drift->size();
  if (service.store) view.store = series_of(collect_store(service));
  view.reloads = published->reloads;
  view.process = process_series();
  view.checker_age = seconds(now - published->checker_tick);
  for (const auto& worker : service.workers) {
    view.worker_age = std::max(view.worker_age, seconds(now - worker->last_tick()));
  }
  view.query_log_dropped = published->query_log_dropped;
  view.upheavals = published->upheavals;
  view.timeline = published->timeline;
  view.drills = published->drills;
  if (service.self_check) {
    const SelfCheck::Counts counts = service.self_check->counts();
    view.self_queries = {counts.answered, counts.unanswered, counts.last_seconds};
  }
  if (service.fleet) view.fleet = fleet_series(*service.fleet);
  return view;
}

void log_change(const HealthEvent& event) {
  static LogSite site;
  const LogLevel level = level_of(event);
  if (!log_enabled(level)) return;
  log_limited(site, level,
              fmt::format("upstream {}: {} -> {} ({})", event.upstream, to_string(event.from),
                          to_string(event.to), to_string(event.cause)));
}

void take_events(Service& service) {
  for (HealthEvent& event : service.plane->checker().take_events()) {
    log_change(event);
    record_change(service, event);
    warn_of_origin(service, event);
    ++service.history.entered[event.id][static_cast<std::size_t>(event.to)];
    service.history.transitions.push_front(std::move(event));
  }
  auto& kept = service.history.transitions;
  if (kept.size() > kTransitionsKept) kept.resize(kTransitionsKept);
}

/// Those beyond the most of one tick are told with the next.
void tell_faults(Service& service) {
  constexpr int kMostLines = 10;
  int lines = 0;
  for (const auto& upstream : service.snapshot->upstreams) {
    // Endpoints of a chain have lines of their own.
    if (!upstream || upstream->chain) continue;
    const std::string fault = service.plane->fault_of(upstream->id);
    std::string& told = service.history.faults_told[upstream->id];
    if (fault != told && !fault.empty()) {
      if (++lines > kMostLines) continue;
      log_line(LogLevel::warning, fmt::format("upstream {} fails: {}", upstream->name, fault));
    }
    told = fault;
  }
}

void tell_holds(Service& service, TimePoint now) {
  constexpr int kMostLines = 10;
  TimePoint& told = service.history.holds_told;
  int lines = 0;
  for (const Hold& hold : service.holds.list(now)) {
    if (hold.since <= told || ++lines > kMostLines) continue;
    log_line(LogLevel::warning,
             fmt::format("{} is {}; upstream {} denies it; `holdfastctl release {}` gives in",
                         hold.question.to_string(), why_held(hold.why), hold.says,
                         hold.question.name.to_string()));
  }
  if (lines > kMostLines) {
    log_line(LogLevel::warning, fmt::format("{} more answers are held", lines - kMostLines));
  }
  told = now;
}

void tell_shortage(Service& service, TimePoint now) {
  History& history = service.history;
  if (history.shortage_told != kNever && now - history.shortage_told < kShortagePause) return;
  Shortage lacking;
  std::vector<const WorkerCounters*> all = counters_of(service);
  all.push_back(&service.plane->counters());
  for (const WorkerCounters* counters : all) {
    lacking.clients += counters->clients_without_descriptor.get();
    lacking.upstreams += counters->upstreams_without_descriptor.get();
  }
  if (lacking == history.shortage) return;
  log_line(LogLevel::warning,
           fmt::format("too few file descriptors: {} times a client over TCP had to wait, {} times "
                       "a socket towards an upstream was lacking; {}",
                       lacking.clients - history.shortage.clients,
                       lacking.upstreams - history.shortage.upstreams, kRaiseDescriptors));
  history.shortage = lacking;
  history.shortage_told = now;
}

void save_health(Service& service, TimePoint now) {
  if (!service.store || service.drills.running() != nullptr) return;
  std::vector<SavedHealth> health;
  for (const UpstreamStatus& status : service.plane->checker().status(now))
    health.push_back({status.name, status.view.state, service.wall.at(now)});
  service.store->save_health(std::move(health));
}

void write_query_log(Service& service, std::uint32_t& lines) {
  for (const auto& worker : service.workers) {
    if (worker->query_log() == nullptr) continue;
    worker->query_log()->drain([&](const QueryLogEntry& entry) {
      if (lines == 0) {
        ++service.history.query_log_cut;
        return;
      }
      --lines;
      write_entry(entry);
    });
  }
}

std::string one_line(const Service& service) {
  const auto published = service.published.read();
  const auto& upstreams = published->report.upstreams;
  const auto usable = std::count_if(upstreams.begin(), upstreams.end(), [](const auto& upstream) {
    return upstream.status.view.usable();
  });
  return fmt::format("{} of {} upstreams usable, generation {}", usable, upstreams.size(),
                     published->report.generation);
}

}  // namespace holdfast
