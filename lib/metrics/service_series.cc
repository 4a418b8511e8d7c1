#include "metrics/series.h"

namespace holdfast {
namespace {

void write_reloads(SeriesWriter& out, const ReloadSeries& reloads) {
  out.counter("holdfast_config_reloads_total", "Reloads of the configuration, by result.");
  out.add({{"result", "success"}}, reloads.succeeded);
  out.add({{"result", "failure"}}, reloads.failed);
  out.gauge("holdfast_config_last_reload_successful", "0 if the last reload was refused.");
  out.add({}, reloads.last_succeeded ? 1.0 : 0.0);
  out.gauge("holdfast_config_last_reload_success_timestamp_seconds",
            "When the configuration in force was taken, in Unix time.");
  out.add({}, reloads.last_success);
  out.gauge("holdfast_config_generation", "Counts up with each configuration taken.");
  out.add({}, reloads.generation);
}

// The conventional names that every Prometheus client library gives these.
void write_process(SeriesWriter& out, const ProcessSeries& process) {
  out.gauge("process_start_time_seconds", "Start of the process, in Unix time.");
  out.add({}, process.start_time);
  out.counter("process_cpu_seconds_total", "User and system time spent.");
  out.add({}, process.cpu_seconds);
  out.gauge("process_resident_memory_bytes", "Resident memory.");
  out.add({}, process.resident_bytes);
  out.gauge("process_virtual_memory_bytes", "Virtual memory.");
  out.add({}, process.virtual_bytes);
  out.gauge("process_open_fds", "Open file descriptors.");
  out.add({}, process.open_fds);
  out.gauge("process_max_fds", "Limit of open file descriptors.");
  out.add({}, process.max_fds);
}

void write_drills(SeriesWriter& out, const DrillSeries& drills) {
  out.gauge("holdfast_drill_active", "1 while an outage on purpose runs.");
  out.add({}, drills.active ? 1.0 : 0.0);
  out.counter("holdfast_drills_total", "Drills that are over, by how they ended.");
  out.add({{"result", "ended"}}, drills.ended);
  out.add({{"result", "stopped"}}, drills.stopped);
  out.add({{"result", "aborted"}}, drills.aborted);
  out.add({{"result", "reload"}}, drills.reload);
  out.counter("holdfast_drill_exchanges_total", "Exchanges in reach of a drill, by result.");
  out.add({{"result", "spoiled"}}, drills.spoiled);
  out.add({{"result", "left_alone"}}, drills.seen - drills.spoiled);
}

}  // namespace

void write_service(SeriesWriter& out, const MetricsView& view) {
  out.gauge("holdfast_build_info", "Always 1; the label tells the version.");
  out.add({{"version", view.version}}, 1.0);
  out.gauge("holdfast_workers", "Worker threads.");
  out.add({}, static_cast<std::uint64_t>(view.workers.size()));
  write_reloads(out, view.reloads);
  out.gauge("holdfast_checker_last_tick_age_seconds",
            "Time since the health checker last ran; it runs every 50 ms.");
  out.add({}, view.checker_age);
  out.gauge("holdfast_worker_last_tick_age_seconds",
            "Time since the slowest worker's last tick; each ticks every second.");
  out.add({}, view.worker_age);
  out.counter("holdfast_self_queries_total",
              "Questions to one of our own listeners, every 5 s, by result.");
  out.add({{"result", "answered"}}, view.self_queries.answered);
  out.add({{"result", "unanswered"}}, view.self_queries.unanswered);
  out.gauge("holdfast_self_query_last_seconds", "What the last one answered took.");
  out.add({}, view.self_queries.last_seconds);
  out.counter("holdfast_query_log_dropped_total", "Query log lines not written: over the limit.");
  out.add({}, view.query_log_dropped);
  out.counter("holdfast_network_changes_total",
              "Times health and connections began anew, by reason.");
  out.add({{"reason", "resume"}}, view.upheavals[0]);
  out.add({{"reason", "address"}}, view.upheavals[1]);
  out.add({{"reason", "route"}}, view.upheavals[2]);
  out.add({{"reason", "clock"}}, view.upheavals[3]);
  out.counter("holdfast_timeline_records_total",
              "What happened, by kind; see holdfastctl timeline.");
  for (std::size_t i = 0; i < kTimelineKinds; ++i)
    out.add({{"kind", to_string(static_cast<TimelineKind>(i))}}, view.timeline[i]);
  write_drills(out, view.drills);
  if (view.takeover_drift) {
    out.gauge("holdfast_takeover_drift",
              "Files that somebody wrote to since the takeover of this host.");
    out.add({}, *view.takeover_drift);
  }
  write_process(out, view.process);
}

}  // namespace holdfast
