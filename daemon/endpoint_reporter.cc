#include "daemon/endpoint_reporter.h"

#include <utility>

#include "daemon/control_plane.h"
#include "daemon/log.h"

namespace holdfast {
namespace {

using rpc::Unready;

// The same is not said again before.
constexpr Duration kRepeat = 1min;

std::vector<const ChainCounters*> threads_of(const Service& service, UpstreamId id) {
  std::vector<const ChainCounters*> threads;
  for (const auto& worker : service.workers)
    threads.push_back(worker->counters().find_chain(id));
  threads.push_back(service.plane->counters().find_chain(id));
  return threads;
}

/// Not known yet, or as it should be.
bool quiet(Unready state) {
  return state == Unready::no || state == Unready::unknown;
}

void tell_state(const std::string& who, EndpointTold& told, Unready state,
                const std::string& fault) {
  const Unready was = std::exchange(told.state, state);
  if (was == state || (quiet(was) && quiet(state))) return;
  log_line(quiet(state) ? LogLevel::info : LogLevel::warning,
           fmt::format("{}: {} -> {}{}", who, rpc::label_of(was), rpc::label_of(state),
                       fault.empty() ? "" : " (" + fault + ")"));
}

void tell_fault(const std::string& who, EndpointTold& told, const std::string& fault,
                TimePoint now) {
  if (fault.empty()) return;
  const bool repeated = told.fault == fault && now - told.fault_at < kRepeat;
  if (repeated) return;
  told.fault = fault;
  told.fault_at = now;
  log_line(LogLevel::warning, fmt::format("{} fails: {}", who, fault));
}

void tell_votes(const std::string& who, EndpointTold& told, std::uint64_t lost, TimePoint now) {
  const bool soon = told.votes_at != kNever && now - told.votes_at < kRepeat;
  if (lost <= told.votes || soon) return;
  log_line(LogLevel::warning,
           fmt::format("{} said something else than was believed, {} time(s): it lies or is broken",
                       who, lost - told.votes));
  told.votes = lost;
  told.votes_at = now;
}

}  // namespace

std::string endpoint_fault(const EndpointView& view, const std::string& words) {
  if (view.fault) {
    const std::string label = rpc::to_string(*view.fault);
    return words.starts_with(label) ? words : label;
  }
  if (quiet(view.unready)) return view.told_at == kNever ? words : "";
  return words.empty() ? rpc::to_string(view.unready) : words;
}

std::vector<EndpointReport> endpoint_reports(const Service& service, const Upstream& upstream) {
  std::vector<EndpointReport> reports;
  if (!upstream.chain) return reports;
  const auto threads = threads_of(service, upstream.id);
  const auto words = service.plane->endpoint_faults(upstream.id);
  for (std::size_t i = 0; i < upstream.chain->endpoints.size(); ++i) {
    const rpc::EndpointSpec& spec = upstream.chain->endpoints[i];
    EndpointReport& report = reports.emplace_back();
    report.name = upstream.chain->name_of(i);
    report.provider = spec.provider;
    report.host = spec.host;
    report.trusted = spec.trusted;
    report.totals = totals_of(threads, i);
    report.fault = endpoint_fault(report.totals.view, i < words.size() ? words[i] : "");
  }
  return reports;
}

void tell_endpoints(Service& service, TimePoint now) {
  // Those that were taken out are forgotten.
  const auto before = std::exchange(service.history.endpoints_told, {});
  for (const auto& upstream : service.snapshot->upstreams) {
    if (!upstream || !upstream->chain) continue;
    for (const EndpointReport& report : endpoint_reports(service, *upstream)) {
      const std::string who = "endpoint " + report.name + " of upstream " + upstream->name;
      EndpointTold& told = service.history.endpoints_told[who];
      if (const auto known = before.find(who); known != before.end()) told = known->second;
      tell_fault(who, told, report.fault, now);
      tell_state(who, told, report.totals.view.unready, report.fault);
      tell_votes(who, told, report.totals.minority, now);
    }
  }
}

}  // namespace holdfast
