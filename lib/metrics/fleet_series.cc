#include "metrics/series.h"

namespace holdfast {
namespace {

void add_all(SeriesWriter& out, const char* label, const std::vector<LabelledCount>& counts) {
  for (const auto& [value, count] : counts)
    out.add({{label, value}}, count);
}

}  // namespace

void write_fleet(SeriesWriter& out, const FleetSeries& fleet) {
  out.gauge("holdfast_fleet_up", "1 while connected to the fleet's server.");
  out.add({}, fleet.up ? 1.0 : 0.0);
  out.counter("holdfast_fleet_connects_total", "Connections to the fleet's server, logged in.");
  out.add({}, fleet.connects);
  out.counter("holdfast_fleet_connection_failures_total",
              "Connections not made, or lost, by reason.");
  add_all(out, "reason", fleet.link_faults);
  out.counter("holdfast_fleet_published_total", "Answers sent to the fleet's server.");
  out.add({}, fleet.published);
  out.counter("holdfast_fleet_not_published_total",
              "Answers that might have been published and were not, by reason.");
  add_all(out, "reason", fleet.not_published);
  out.counter("holdfast_fleet_reads_total", "Answers looked for in the fleet's memory, by result.");
  add_all(out, "result", fleet.reads);
  out.counter("holdfast_fleet_rejected_total",
              "Values found in the fleet's memory and not believed, by reason.");
  add_all(out, "reason", fleet.rejected);
}

}  // namespace holdfast
