#include "daemon/ctl/drill_text.h"

#include <nlohmann/json.hpp>

#include "daemon/ctl/units_text.h"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::json;

std::string joined(const Json& words) {
  std::string text;
  for (const Json& word : words)
    text += (text.empty() ? "" : ", ") + word.get<std::string>();
  return text.empty() ? "nobody" : text;
}

std::string rtt_or_dash(const Json& seconds) {
  return seconds.is_null() ? "-" : print_rtt(seconds.get<double>());
}

std::string print_phases(const Json& report, const Paint& paint) {
  Table table({"", ">SECONDS", ">QUERIES", ">ANSWERED", ">FAILED", ">STALE", ">P50", ">P99",
               ">EXCHANGES", ">SPOILED", ">SENT"});
  for (const char* phase : {"before", "during", "after"}) {
    const Json& told = report.at(phase);
    const auto count = [&told](const char* key) { return told.at(key).get<std::uint64_t>(); };
    const std::uint64_t failed = count("failed");
    const std::uint64_t exchanges = count("exchanges"), spoiled = count("spoiled");
    table.row({{phase, Tone::bold},
               {print_count(static_cast<std::uint64_t>(told.at("seconds").get<double>() + 0.5))},
               {print_count(count("queries"))},
               {print_count(count("answered"))},
               {print_count(failed), failed > 0 ? Tone::bad : Tone::plain},
               {print_count(count("stale"))},
               {rtt_or_dash(told.at("p50"))},
               {rtt_or_dash(told.at("p99"))},
               {print_count(exchanges)},
               {print_count(spoiled)},
               {print_count(exchanges > spoiled ? exchanges - spoiled : 0)}});
  }
  return table.print(paint);
}

std::string print_plan(const Json& plan) {
  std::string text = "would spoil, for " + print_age(plan.at("seconds").get<double>()) +
                     ", exchanges with " + plan.at("provider").get<std::string>() + ":\n";
  for (const Json& step : plan.at("steps")) {
    text += "  from " + print_age(step.at("from").get<double>()) + " to " +
            print_age(step.at("to").get<double>()) + ": " + step.at("mode").get<std::string>() +
            " at " + std::to_string(step.at("percent").get<unsigned>()) + " %" +
            (step.at("everybody").get<bool>() ? ", of everybody" : "") + "\n";
  }
  for (const Json& route : plan.at("routes")) {
    text += "route " + route.at("route").get<std::string>() + ": ";
    text += route.at("reached").get<bool>()
                ? "without " + joined(route.at("spoiled")) + "; left: " + joined(route.at("left"))
                : "private, its questions are not touched";
    text += "\n";
  }
  return text + "nothing was done\n";
}

std::string print_list(const Json& reply, const Paint& paint) {
  Table drills({"ID", "PROVIDER", "WHAT", "STATE", "STARTED", ">SPOILED"});
  for (const Json& drill : reply.at("drills")) {
    drills.row({{std::to_string(drill.at("id").get<unsigned>()), Tone::bold},
                {drill.at("provider").get<std::string>()},
                {print_drill_kind(drill)},
                {drill.at("state").get<std::string>()},
                {drill.at("started").get<std::string>()},
                {print_count(drill.at("spoiled").get<std::uint64_t>())}});
  }
  std::string text = drills.empty() ? "no drill since the start\n" : drills.print(paint);
  text += "\npacks:\n";
  for (const Json& pack : reply.at("packs")) {
    text += "  " + paint(Tone::bold, pack.at("name").get<std::string>()) + ": " +
            pack.at("story").get<std::string>();
    if (!pack.at("only_in_tests").is_null()) text += " Only in tests.";
    text += "\n";
  }
  return text;
}

}  // namespace

std::string print_drill_kind(const Json& drill) {
  const Json& pack = drill.at("pack");
  if (!pack.is_null()) return "pack " + pack.get<std::string>();
  return drill.at("mode").get<std::string>() + " at " +
         std::to_string(drill.at("percent").get<unsigned>()) + " %";
}

std::string print_drill_report(const Json& report, const Paint& paint) {
  std::string text = "drill " + std::to_string(report.at("id").get<unsigned>()) + " of " +
                     report.at("provider").get<std::string>() + ", " + print_drill_kind(report) +
                     ": " + report.at("state").get<std::string>();
  if (!report.at("why").is_null()) text += ": " + report.at("why").get<std::string>();
  text += ", " + report.at("started").get<std::string>() + " to " +
          report.at("ends").get<std::string>() + "\n" + print_phases(report, paint);
  for (const Json& move : report.at("moves")) {
    text += "  route " + move.at("route").get<std::string>() + ": failover after " +
            rtt_or_dash(move.at("failover")) + ", fail-back after " +
            rtt_or_dash(move.at("failback")) + "\n";
  }
  if (!report.at("final").get<bool>()) text += "  not final yet\n";
  return text;
}

std::string print_drill_reply(const DrillRequest& request, const Json& reply, const Paint& paint) {
  if (request.action == DrillRequest::Action::list) return print_list(reply, paint);
  if (request.dry_run) return print_plan(reply);
  if (request.action == DrillRequest::Action::start) {
    return "drill " + std::to_string(reply.at("id").get<unsigned>()) + " of " +
           reply.at("provider").get<std::string>() + " runs until " +
           reply.at("ends").get<std::string>() + "; `holdfastctl drill stop` ends it\n";
  }
  return print_drill_report(reply, paint);
}

}  // namespace holdfast::ctl
