#include "daemon/drill_commands.h"

#include <algorithm>
#include <chrono>

#include "base/units.h"
#include "control/drill_json.h"
#include "control/drill_packs.h"
#include "control/reply.h"
#include "daemon/control_plane.h"
#include "daemon/log.h"
#include "daemon/timeline_writer.h"

namespace holdfast {
namespace {

using Action = DrillRequest::Action;

DrillSample sample_of(const Service& service) {
  DrillSample sample;
  for (const auto& worker : service.workers) {
    const WorkerCounters& counters = worker->counters();
    sample.queries += counters.queries_udp.get() + counters.queries_tcp.get();
    for (std::size_t i = 0; i < kAnswerSources; ++i)
      sample.answered += counters.answers[i].get();
    sample.failed += counters.answers[static_cast<std::size_t>(AnswerSource::failure)].get();
    sample.stale += counters.answers[static_cast<std::size_t>(AnswerSource::stale)].get();
    for (std::size_t i = 0; i < Histogram::kBuckets; ++i)
      sample.lookups[i] += counters.lookup_seconds.count(i);
    for (const auto& upstream : service.snapshot->upstreams) {
      const UpstreamCounters* of = upstream ? counters.find(upstream->id) : nullptr;
      if (of == nullptr) continue;
      for (const Counter& started : of->started)
        sample.exchanges += started.get();
    }
  }
  sample.answered -= sample.failed;
  sample.seen = service.drill_board.seen();
  sample.spoiled = service.drill_board.spoiled();
  return sample;
}

/// "timeout at 100 %", or the pack's name.
std::string what_of(const DrillOrder& order) {
  if (!order.mode) return order.pack;
  return fmt::format("{} at {} %", to_string(*order.mode), order.percent);
}

std::string where_of(const DrillOrder& order) {
  return order.route ? "route " + *order.route : "all routes that are not private";
}

/// What a drill invented or made worse may not outlive it: doubts about names, remembered failures,
/// what seemed to be learnt of its upstreams.
void clean_up(Service& service, const DrillReport& report) {
  const TimePoint now = service.plane->loop().now();
  std::vector<std::string> names;
  for (const UpstreamId id : report.plan.everybody) {
    const bool meant = std::ranges::any_of(report.plan.steps, [&](const DrillStep& step) {
      return report.plan.at(id, step.begin).has_value();
    });
    const auto& upstreams = service.snapshot->upstreams;
    if (!meant || index(id) >= upstreams.size() || !upstreams[index(id)]) continue;
    service.traits.reset(id);
    names.push_back(upstreams[index(id)]->name);
  }
  for (const Hold& hold : service.holds.list(now)) {
    const bool since_then = now - hold.since <= report.during.length;
    if (since_then && std::ranges::find(names, hold.says) != names.end()) {
      service.holds.end(hold.question);
    }
  }
  service.board->advance_epoch();
}

void over(Service& service, const DrillReport& report) {
  clean_up(service, report);
  const DrillSample& during = report.during.counted;
  const std::string how =
      report.end == DrillEnd::reload ? "ended by a reload" : to_string(report.end);
  const std::string told =
      fmt::format("drill {} of {} {}{}{}: {} queries, {} failed, {} of {} exchanges spoiled",
                  report.id, report.plan.order.provider, how, report.why.empty() ? "" : ": ",
                  report.why, during.queries, during.failed, during.spoiled, during.seen);
  log_line(LogLevel::warning, told);
  record(
      service,
      {TimelineKind::drill, report.plan.order.provider, fmt::format("drill {} {}", report.id, how),
       report.why.empty() ? fmt::format("{} of {} exchanges spoiled, {} of {} failed",
                                        during.spoiled, during.seen, during.failed, during.queries)
                          : report.why,
       ""});
}

std::string start(Service& service, const DrillRequest& request) {
  const DrillVerdict verdict = plan_drill(request.order, drill_packs(), *service.snapshot);
  if (!verdict.error.empty()) {
    return failure_reply(Failure::refused, verdict.error, verdict.details);
  }
  if (request.dry_run) return drill_plan_reply(verdict);
  const TimePoint now = service.plane->loop().now();
  count_drills(service, now);
  std::string error;
  const DrillReport* report =
      service.drills.start(verdict.plan, now, std::chrono::system_clock::now(), error);
  if (report == nullptr) return failure_reply(Failure::refused, error);
  const DrillOrder& order = report->plan.order;
  const std::string told =
      fmt::format("{} for {}, {}, aborted above {} % SERVFAIL", what_of(order),
                  print_duration(report->plan.length), where_of(order), order.abort_above);
  log_line(LogLevel::warning,
           fmt::format("drill {} of {} begins: {}; `holdfastctl drill stop` ends it", report->id,
                       order.provider, told));
  record(service, {TimelineKind::drill, order.provider, fmt::format("drill {} begins", report->id),
                   told, ""});
  return drill_report_reply(*report);
}

std::string stop(Service& service, const DrillRequest& request) {
  const TimePoint now = service.plane->loop().now();
  const bool stopped =
      service.drills.end(request.id, DrillEnd::stopped, now,
                         [&service](const DrillReport& report) { over(service, report); });
  if (!stopped) {
    return failure_reply(Failure::refused, request.id == 0
                                               ? "no drill runs"
                                               : fmt::format("drill {} does not run", request.id));
  }
  return drill_report_reply(*service.drills.find(request.id));
}

std::string report(const Service& service, const DrillRequest& request) {
  const DrillReport* found = service.drills.find(request.id);
  if (found != nullptr) return drill_report_reply(*found);
  return failure_reply(Failure::refused,
                       request.id == 0 ? "there was no drill since the start"
                                       : fmt::format("no drill {}; `drill list` has the latest {}",
                                                     request.id, Drills::kReports));
}

}  // namespace

std::string drill(Service& service, const DrillRequest& request) {
  switch (request.action) {
    case Action::list:
      return drill_list_reply(service.drills.list(), drill_packs());
    case Action::start:
      return start(service, request);
    case Action::stop:
      return stop(service, request);
    case Action::report:
      return report(service, request);
  }
  return {};
}

void follow_drills(Service& service, TimePoint now) {
  service.drills.follow(now, [&service](const DrillReport& report) { over(service, report); });
}

void count_drills(Service& service, TimePoint now) {
  service.drills.count(sample_of(service), now,
                       [&service](const DrillReport& report) { over(service, report); });
}

void end_drills(Service& service) {
  (void)service.drills.end(0, DrillEnd::reload, service.plane->loop().now(),
                           [&service](const DrillReport& report) { over(service, report); });
}

}  // namespace holdfast
