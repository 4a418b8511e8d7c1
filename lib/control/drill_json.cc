#include "control/drill_json.h"

#include <chrono>

#include <nlohmann/json.hpp>

#include "control/timeline_json.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

Json maybe(const std::optional<Duration>& d) {
  if (!d) return nullptr;
  return seconds(*d);
}

Json text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

Json phase_json(const DrillPhase& phase) {
  const DrillSample& counted = phase.counted;
  return {{"seconds", seconds(phase.length)},
          {"queries", counted.queries},
          {"answered", counted.answered},
          {"failed", counted.failed},
          {"stale", counted.stale},
          {"p50", maybe(phase.percentile(0.5))},
          {"p99", maybe(phase.percentile(0.99))},
          {"exchanges", counted.exchanges},
          {"spoiled", counted.spoiled}};
}

Json routes_json(const DrillPlan& plan) {
  Json routes = Json::array();
  for (const DrillRoute& route : plan.routes) {
    routes.push_back({{"route", route.label},
                      {"private", route.private_view},
                      {"reached", route.reached},
                      {"spoiled", route.spoiled},
                      {"left", route.left}});
  }
  return routes;
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

Json drill_json(const DrillReport& report) {
  const DrillOrder& order = report.plan.order;
  Json route = nullptr;
  if (order.route) route = *order.route;
  Json mode = nullptr;
  if (order.mode) mode = to_string(*order.mode);
  return {{"id", report.id},
          {"provider", order.provider},
          {"mode", std::move(mode)},
          {"percent", order.percent},
          {"route", std::move(route)},
          {"started", print_wall_milliseconds(report.started)},
          {"ends", print_wall_milliseconds(report.ends)},
          {"pack", text_or_null(order.pack)},
          {"queries", report.during.counted.seen},
          {"spoiled", report.during.counted.spoiled}};
}

std::string drill_report_reply(const DrillReport& report) {
  Json reply{{"ok", true}};
  reply.update(drill_json(report));
  reply["state"] = to_string(report.end);
  reply["why"] = text_or_null(report.why);
  reply["final"] = report.final;
  reply["abort_above"] = report.plan.order.abort_above;
  reply["routes"] = routes_json(report.plan);
  reply["before"] = phase_json(report.before);
  reply["during"] = phase_json(report.during);
  reply["after"] = phase_json(report.after);
  Json& moves = reply["moves"] = Json::array();
  for (const DrillMove& move : report.moves) {
    moves.push_back({{"route", move.route},
                     {"failover", maybe(move.failover)},
                     {"failback", maybe(move.failback)}});
  }
  return dump(reply);
}

std::string drill_list_reply(const std::vector<const DrillReport*>& reports,
                             const std::vector<DrillPack>& packs) {
  Json reply{{"ok", true}, {"drills", Json::array()}, {"packs", Json::array()}};
  for (const DrillReport* report : reports) {
    Json drill = drill_json(*report);
    drill["state"] = to_string(report->end);
    reply["drills"].push_back(std::move(drill));
  }
  for (const DrillPack& pack : packs) {
    reply["packs"].push_back({{"name", pack.name},
                              {"story", pack.story},
                              {"seconds", seconds(pack.length())},
                              {"only_in_tests", text_or_null(pack.only_in_tests)}});
  }
  return dump(reply);
}

std::string drill_plan_reply(const DrillVerdict& verdict) {
  const DrillPlan& plan = verdict.plan;
  Json steps = Json::array();
  for (const DrillStep& step : plan.steps) {
    steps.push_back({{"from", seconds(step.begin)},
                     {"to", seconds(step.end)},
                     {"every", seconds(step.every)},
                     {"for", seconds(step.length)},
                     {"mode", to_string(step.how.mode)},
                     {"percent", step.how.percent},
                     {"everybody", step.whom == DrillStep::Whom::everybody}});
  }
  return dump({{"ok", true},
               {"dry_run", true},
               {"provider", plan.order.provider},
               {"pack", text_or_null(plan.order.pack)},
               {"seconds", seconds(plan.length)},
               {"abort_above", plan.order.abort_above},
               {"steps", std::move(steps)},
               {"routes", routes_json(plan)},
               {"nobody_left", verdict.details}});
}

}  // namespace holdfast
