#include <cmath>

#include <nlohmann/json.hpp>

#include "daemon/ctl/harmless.h"
#include "daemon/ctl/reply_text.h"
#include "daemon/ctl/units_text.h"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::ordered_json;

Tone tone_of(const std::string& severity) {
  if (severity == "error") return Tone::bad;
  return severity == "warning" ? Tone::warn : Tone::plain;
}

std::string place_of(const Json& finding) {
  const auto pointer = finding.at("pointer").get<std::string>();
  return finding.at("file").get<std::string>() + ": " + (pointer.empty() ? "" : pointer + ": ");
}

std::string print_finding(const Json& finding, const Paint& paint) {
  const auto severity = finding.at("severity").get<std::string>();
  return paint(tone_of(severity), severity) + ": " + place_of(finding) +
         finding.at("title").get<std::string>() + " (" + finding.at("rule").get<std::string>() +
         ")\n  " + finding.at("reason").get<std::string>() +
         "\n  remedy: " + finding.at("remedy").get<std::string>() + "\n\n";
}

std::string count(const Json& counts, const char* severity) {
  const auto number = counts.at(severity).get<std::uint64_t>();
  return print_count(number) + " " + severity + (number == 1 ? "" : "s");
}

std::string names(const Json& list, const char* between) {
  std::string text;
  for (const Json& name : list)
    text += (text.empty() ? "" : between) + name.get<std::string>();
  return text;
}

std::string lost_text(const Json& failed) {
  const std::string who = names(failed.at("lost"), " and ");
  return who + (failed.at("how") == "silent" ? "" : " (SERVFAIL)");
}

std::string route_text(const Json& failed) {
  const auto others = failed.at("others").get<std::uint64_t>();
  const auto route = failed.at("route").get<std::string>();
  return others == 0 ? route : route + " and " + print_count(others) + " like it";
}

/// "after 0.0 s" of what happens at once is no news.
std::string after(double seconds) {
  return seconds < 0.5 ? "at once" : "after " + print_age(std::round(seconds));
}

std::string fresh_text(const Json& failed) {
  if (!failed.at("stops_after").is_null())
    return "not answered " + after(failed.at("stops_after").get<double>());
  return "some not answered for " + print_age(std::round(failed.at("gap").get<double>()));
}

std::string held_text(const Json& failed) {
  if (failed.at("stops_after").is_null()) return "answered";
  if (failed.at("held_stops_after").is_null())
    return "answered for " + print_age(failed.at("held_for").get<double>()) + " at least";
  const auto held = failed.at("held_for").get<double>();
  return held > 0 ? "answered for " + print_age(held) : "not answered";
}

std::string print_simulation(const Json& simulation, const Paint& paint) {
  const auto number = [&simulation](const char* key) {
    return print_count(simulation.at(key).get<std::uint64_t>());
  };
  std::string text =
      "simulated: " + number("routes") + (simulation.at("routes") == 1 ? " route (" : " routes (") +
      number("played") + " that differ), " + number("domains") + " failure domains, " +
      number("outages") + " outages, " + print_age(simulation.at("virtual_seconds").get<double>()) +
      " of virtual time\n";
  if (simulation.at("pairs_left_out") != 0)
    text += "  left out: " + number("pairs_left_out") + " pairs\n";
  if (simulation.at("routes_left_out") != 0)
    text += "  left out: " + number("routes_left_out") + " routes\n";
  const Json& failed = simulation.at("failed");
  if (failed.empty()) return text + "  every route answers in each of them\n\n";
  Table table({"", "LOST", "ROUTE", "NAMES NEVER ASKED", "NAMES USED BEFORE"});
  for (const Json& one : failed) {
    const auto severity = one.at("severity").get<std::string>();
    table.row({{severity, tone_of(severity)},
               {lost_text(one)},
               {route_text(one)},
               {fresh_text(one)},
               {held_text(one)}});
  }
  return text + table.print(paint) + "  every other route answers in each of them\n\n";
}

}  // namespace

std::string print_audit(const nlohmann::ordered_json& raw, const Paint& paint) {
  const Json reply = harmless_json(raw);
  std::string text;
  for (const Json& finding : reply.at("findings"))
    text += print_finding(finding, paint);
  if (reply.contains("simulation")) text += print_simulation(reply.at("simulation"), paint);
  const Json& counts = reply.at("counts");
  return text + reply.at("file").get<std::string>() + ": " + count(counts, "error") + ", " +
         count(counts, "warning") + ", " + count(counts, "note") + "\n";
}

}  // namespace holdfast::ctl
