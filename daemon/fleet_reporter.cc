#include "daemon/fleet_reporter.h"

#include "daemon/fleet_port.h"

namespace holdfast {
namespace {

/// `count` of each value of an enum, by its label; from `first` on.
template <typename Enum, typename Count>
std::vector<LabelledCount> by_label(std::size_t values, std::size_t first, Count count) {
  std::vector<LabelledCount> out;
  for (std::size_t i = first; i < values; ++i)
    out.push_back({to_string(static_cast<Enum>(i)), count(static_cast<Enum>(i))});
  return out;
}

template <typename Pick>
std::uint64_t sum_of(const FleetThread& fleet, Pick pick) {
  std::uint64_t sum = 0;
  for (const FleetPort* port : fleet.ports())
    sum += pick(port->counters()).get();
  return sum;
}

}  // namespace

FleetSeries fleet_series(const FleetThread& fleet) {
  const FleetCounters& counters = fleet.counters();
  FleetSeries out;
  out.up = fleet.usable();
  out.connects = counters.connects.get();
  out.published = counters.published.get();
  out.link_faults = by_label<LinkFault>(
      kLinkFaults, 0, [&](LinkFault fault) { return counters.link_faults[fault].get(); });
  out.not_published = by_label<NotPublished>(kNotPublished, 0, [&](NotPublished why) {
    const auto ports =
        sum_of(fleet, [why](auto& port) -> const Counter& { return port.not_published[why]; });
    return ports + counters.not_published[why].get();
  });
  out.reads = by_label<FleetRead>(kFleetReads, 0, [&](FleetRead result) {
    return sum_of(fleet, [result](auto& port) -> const Counter& { return port.reads[result]; });
  });
  // ValueFault::none is no reason.
  out.rejected = by_label<ValueFault>(
      kValueFaults, 1, [&](ValueFault fault) { return counters.rejected[fault].get(); });
  return out;
}

FleetReport fleet_report(const FleetThread& fleet, const std::string& url) {
  FleetReport out;
  const FleetStatus status = fleet.status();
  out.url = url;
  out.up = status.up;
  out.since = status.since;
  out.fault = status.fault;
  out.published = fleet.counters().published.get();
  out.hits = sum_of(fleet, [](auto& port) -> const Counter& { return port.reads[FleetRead::hit]; });
  for (std::size_t i = 0; i < kFleetReads; ++i) {
    out.reads += sum_of(
        fleet, [i](auto& port) -> const Counter& { return port.reads[static_cast<FleetRead>(i)]; });
  }
  for (std::size_t i = 0; i < kValueFaults; ++i)
    out.rejected += fleet.counters().rejected[static_cast<ValueFault>(i)].get();
  return out;
}

}  // namespace holdfast
