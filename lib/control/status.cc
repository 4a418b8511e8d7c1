#include "control/status.h"

#include <algorithm>
#include <ctime>
#include <numeric>

#include <nlohmann/json.hpp>

#include "control/drill_json.h"
#include "control/timeline_json.h"
#include "route/selector.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

/// Seconds between two moments; null if either lies at the ends of time.
Json span(TimePoint from, TimePoint to) {
  if (from == kNever || to == kNever || from == kForever || to == kForever) return nullptr;
  return seconds(to - from);
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

Json last_probe(const UpstreamStatus& status, TimePoint now) {
  if (!status.last_probe_outcome) return nullptr;
  return {{"outcome", to_string(*status.last_probe_outcome)},
          {"success", is_answer(*status.last_probe_outcome)},
          {"age", span(status.last_probe, now)}};
}

Json endpoint_json(const EndpointReport& endpoint, const StatusReport& report) {
  const EndpointTotals& totals = endpoint.totals;
  const EndpointView& view = totals.view;
  const auto unix_now = static_cast<std::uint64_t>(
      std::max<std::time_t>(0, std::chrono::system_clock::to_time_t(report.wall_now)));
  const auto calls = totals.ended[static_cast<std::size_t>(rpc::Purpose::call)];
  Json head = nullptr;
  if (view.head > 0) {
    head = {{"number", view.head},
            {"age", unix_now - std::min(unix_now, view.head_time)},
            {"behind", view.behind}};
  }
  Json latency = nullptr;
  if (view.latency > Duration{}) latency = seconds(view.latency);
  Json reverts = nullptr;
  if (view.keeps_revert_data) reverts = *view.keeps_revert_data ? "whole" : "stripped";
  Json fault = nullptr;
  if (!endpoint.fault.empty()) fault = endpoint.fault;
  return {{"name", endpoint.name},
          {"provider", endpoint.provider},
          {"host", endpoint.host},
          {"trusted", endpoint.trusted},
          {"state", rpc::label_of(view.unready)},
          {"score", view.score},
          {"asked", span(view.told_at, report.now)},
          {"head", std::move(head)},
          {"latency", std::move(latency)},
          {"reverts", std::move(reverts)},
          {"requests", totals.requests()},
          {"calls", std::accumulate(calls.begin(), calls.end(), std::uint64_t{0})},
          {"answered", totals.count(kEndAnswered)},
          {"rate_limited", totals.count(static_cast<std::size_t>(rpc::Fault::rate_limited))},
          {"minority", totals.minority},
          {"fault", std::move(fault)}};
}

Json endpoints_json(const UpstreamReport& upstream, const StatusReport& report) {
  Json endpoints = Json::array();
  for (const EndpointReport& endpoint : upstream.endpoints)
    endpoints.push_back(endpoint_json(endpoint, report));
  return endpoints;
}

Json upstream_json(const UpstreamReport& upstream, const StatusReport& report) {
  const TimePoint now = report.now;
  const UpstreamStatus& status = upstream.status;
  const HealthView& view = status.view;
  Json fault = nullptr;
  if (!upstream.fault.empty()) fault = upstream.fault;
  Json next = span(now, status.next_probe);
  if (next.is_number()) next = std::max(0.0, next.get<double>());
  return {{"name", status.name},
          {"provider", status.provider},
          {"class", upstream.upstream_class},
          {"transport", upstream.transport},
          {"address", upstream.address},
          {"state", to_string(view.effective())},
          {"rank", to_string(standing_of(view, true))},
          {"usable", view.usable()},
          {"forced", to_string(view.forced)},
          {"forced_for", span(now, status.forced_until)},
          {"since", span(status.since, now)},
          {"cause", to_string(status.cause)},
          {"fault", std::move(fault)},
          {"share", view.share},
          {"good_ratio", status.good_ratio},
          {"samples", status.samples},
          {"rtt",
           {{"measured", view.measured},
            {"smoothed", seconds(view.srtt)},
            {"p95", seconds(view.p95)},
            {"p99", seconds(view.p99)}}},
          {"exchanges", upstream.exchanges},
          {"answered", upstream.answered},
          {"last_probe", last_probe(status, now)},
          {"next_probe", std::move(next)},
          {"endpoints", endpoints_json(upstream, report)}};
}

Json route_json(const RouteReport& route) {
  return {{"zone", route.zone},     {"visibility", route.visibility},
          {"policy", route.policy}, {"tiers", route.tiers},
          {"usable", route.usable}, {"min_usable", route.min_usable},
          {"panic", route.panic},   {"builtin", route.builtin}};
}

Json transition_json(const HealthEvent& event, const StatusReport& report) {
  const Duration age = report.now - event.at;
  const auto wall =
      report.wall_now - std::chrono::duration_cast<WallTime::duration>(std::max(age, Duration{}));
  return {{"at", print_wall_time(wall)}, {"age", seconds(age)},
          {"upstream", event.upstream},  {"from", to_string(event.from)},
          {"to", to_string(event.to)},   {"cause", to_string(event.cause)}};
}

Json traffic_json(const TrafficReport& traffic) {
  return {{"queries", traffic.queries},
          {"failures", traffic.failures},
          {"shed", traffic.shed},
          {"lookups_in_flight", traffic.lookups_in_flight},
          {"failovers", traffic.failovers}};
}

Json cache_json(const StatusReport& report) {
  const auto asked = report.traffic.cache_hits + report.traffic.cache_misses;
  return {{"entries", report.cache.entries},
          {"bytes", report.cache.bytes},
          {"max_bytes", report.cache_max_bytes},
          {"evictions", report.cache.evictions},
          {"hits", report.traffic.cache_hits},
          {"misses", report.traffic.cache_misses},
          {"hit_ratio", ratio(report.traffic.cache_hits, asked)}};
}

Json fleet_json(const StatusReport& report) {
  if (!report.fleet) return nullptr;
  const FleetReport& fleet = *report.fleet;
  Json fault = nullptr;
  if (!fleet.fault.empty()) fault = fleet.fault;
  return {{"server", fleet.url},
          {"up", fleet.up},
          {"since", span(fleet.since, report.now)},
          {"fault", std::move(fault)},
          {"published", fleet.published},
          {"reads", fleet.reads},
          {"hits", fleet.hits},
          {"rejected", fleet.rejected}};
}

Json store_json(const std::optional<StoreReport>& store) {
  if (!store) return nullptr;
  return {{"path", store->path},
          {"up", store->up},
          {"loading", store->loading},
          {"rows", store->rows},
          {"bytes", store->bytes},
          {"max_bytes", store->max_bytes},
          {"loaded", store->loaded},
          {"load_seconds", store->load_seconds},
          {"written", store->written},
          {"dropped", store->dropped},
          {"damaged", store->damaged},
          {"set_aside", store->set_aside},
          {"errors", store->errors},
          {"read_hits", store->read_hits},
          {"read_misses", store->read_misses}};
}

Json config_json(const StatusReport& report) {
  Json error = nullptr;
  if (!report.last_reload_error.empty()) error = report.last_reload_error;
  return {{"file", report.config_path},
          {"generation", report.generation},
          {"age", seconds(report.config_age)},
          {"last_reload_error", std::move(error)}};
}

}  // namespace

std::string print_wall_time(WallTime at) {
  const std::time_t when = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  gmtime_r(&when, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

std::string status_json(const StatusReport& report) {
  Json json{{"ok", true},
            {"version", report.version},
            {"at", print_wall_time(report.wall_now)},
            {"uptime", seconds(report.uptime)},
            {"ready", report.ready},
            {"stopping", report.stopping},
            {"config", config_json(report)},
            {"listeners", report.listeners},
            {"workers", report.workers},
            {"traffic", traffic_json(report.traffic)},
            {"cache", cache_json(report)},
            {"store", store_json(report.store)},
            {"holds", report.holds},
            {"fleet", fleet_json(report)},
            {"takeover", nullptr}};
  if (report.takeover_drift) json["takeover"] = {{"drift", *report.takeover_drift}};
  Json& routes = json["routes"] = Json::array();
  for (const auto& route : report.routes)
    routes.push_back(route_json(route));
  Json& upstreams = json["upstreams"] = Json::array();
  for (const auto& upstream : report.upstreams) {
    upstreams.push_back(upstream_json(upstream, report));
  }
  Json& transitions = json["transitions"] = Json::array();
  for (const auto& event : report.transitions)
    transitions.push_back(transition_json(event, report));
  Json& drills = json["drills"] = Json::array();
  for (const auto& drill : report.drills)
    drills.push_back(drill_json(drill));
  Json& timeline = json["timeline"] = {{"dropped", report.timeline.dropped}};
  Json& records = timeline["records"] = Json::array();
  for (const auto& record : report.timeline.records)
    records.push_back(timeline_json(record, TimelineNames::left_out));
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace holdfast
