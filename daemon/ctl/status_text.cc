#include <map>

#include <nlohmann/json.hpp>

#include "daemon/ctl/drill_text.h"
#include "daemon/ctl/reply_text.h"
#include "daemon/ctl/units_text.h"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::json;

std::string text(const Json& object, const char* key) {
  return object.at(key).get<std::string>();
}

double number(const Json& object, const char* key) {
  const Json& value = object.at(key);
  return value.is_null() ? 0.0 : value.get<double>();
}

std::string count(const Json& object, const char* key) {
  return print_count(object.at(key).get<std::uint64_t>());
}

std::string join(const Json& words, const char* between) {
  std::string joined;
  for (const Json& word : words)
    joined += (joined.empty() ? "" : between) + word.get<std::string>();
  return joined;
}

/// "cloud > alpha, beta": tiers in order, their upstreams by comma.
std::string print_tiers(const Json& tiers) {
  std::string joined;
  for (const Json& tier : tiers)
    joined += (joined.empty() ? "" : " > ") + join(tier, ", ");
  return joined.empty() ? "answered here" : joined;
}

std::string print_fleet(const Json& fleet, const Paint& paint) {
  if (fleet.is_null()) return "";
  const bool up = fleet.at("up").get<bool>();
  std::string out = "  fleet      " + text(fleet, "server") + ", " +
                    paint(up ? Tone::good : Tone::bad, up ? "connected" : "not connected") +
                    " for " + print_age(number(fleet, "since"));
  if (!fleet.at("fault").is_null()) out += ": " + text(fleet, "fault");
  return out + "\n             " + count(fleet, "published") + " published, " +
         count(fleet, "hits") + " of " + count(fleet, "reads") + " reads found, " +
         count(fleet, "rejected") + " rejected\n";
}

std::string print_store(const Json& store, const Paint& paint) {
  if (store.is_null()) return "  store      none: memory only\n";
  std::string out = "  store      " + count(store, "rows") + " answers, " +
                    print_bytes(number(store, "bytes")) + " of " +
                    print_bytes(number(store, "max_bytes")) + " at " + text(store, "path");
  if (store.at("loading").get<bool>()) out += ", " + paint(Tone::warn, "loading");
  if (!store.at("up").get<bool>()) out += ", " + paint(Tone::bad, "NOT WRITTEN, see the log");
  const auto aside = store.at("set_aside").get<std::uint64_t>();
  if (aside > 0) {
    out += ", " + paint(Tone::warn, print_count(aside) + " damaged file(s) set aside");
  }
  return out + "\n";
}

std::string print_takeover(const Json& takeover, const Paint& paint) {
  if (takeover.is_null()) return "";
  std::string out;
  for (const Json& line : takeover.at("drift")) {
    out += "             " + paint(Tone::bad, line.get<std::string>()) +
           "; holdfastctl takeover writes it again\n";
  }
  return "  takeover   this host's names are resolved here" +
         std::string(out.empty() ? "" : ", but since then") + "\n" + out;
}

std::string print_head(const Json& status, const Paint& paint) {
  const bool stopping = status.at("stopping").get<bool>();
  const bool ready = status.at("ready").get<bool>();
  const std::string word = stopping ? "stopping" : ready ? "ready" : "starting";
  const Json& config = status.at("config");
  const Json& traffic = status.at("traffic");
  const Json& cache = status.at("cache");
  std::string out = paint(Tone::bold, "holdfast " + text(status, "version")) + ", running for " +
                    print_age(number(status, "uptime")) + ", " +
                    paint(stopping || !ready ? Tone::warn : Tone::good, word) + "\n";
  out += "  config     " + text(config, "file") + ", generation " + count(config, "generation") +
         ", taken " + print_age(number(config, "age")) + " ago\n";
  if (!config.at("last_reload_error").is_null()) {
    out += "             " + paint(Tone::bad, "last reload refused: ") +
           text(config, "last_reload_error") + "\n";
  }
  const auto workers = status.at("workers").get<unsigned>();
  out += "  listening  " + join(status.at("listeners"), ", ") + " (" + std::to_string(workers) +
         (workers == 1 ? " worker)\n" : " workers)\n");
  out += "  queries    " + count(traffic, "queries") + ", " + count(traffic, "failures") +
         " failed, " + count(traffic, "shed") + " shed, " + count(traffic, "lookups_in_flight") +
         " in flight, " + count(traffic, "failovers") + " saved by failover\n";
  out += "  cache      " + count(cache, "entries") + " entries, " +
         print_bytes(number(cache, "bytes")) + " of " + print_bytes(number(cache, "max_bytes")) +
         ", " + print_percent(number(cache, "hit_ratio")) + " hits\n";
  const auto holds = status.at("holds").get<std::uint64_t>();
  if (holds > 0) {
    out += "  " +
           paint(Tone::bad,
                 "held       " + print_count(holds) + (holds == 1 ? " name is" : " names are")) +
           " answered although a provider says the record is gone; holdfastctl holds\n";
  }
  for (const Json& drill : status.at("drills")) {
    out += "  " +
           paint(Tone::warn, "drill      " + count(drill, "id") + " of " + text(drill, "provider") +
                                 ", " + print_drill_kind(drill)) +
           (drill.at("route").is_null() ? "" : " on route " + text(drill, "route")) +
           ", runs until " + text(drill, "ends") + ", " + count(drill, "spoiled") + " of " +
           count(drill, "queries") + " exchanges spoiled; holdfastctl drill stop\n";
  }
  return out + print_store(status.at("store"), paint) + print_fleet(status.at("fleet"), paint) +
         print_takeover(status.at("takeover"), paint);
}

std::string print_routes(const Json& routes, const Paint& paint) {
  Table table({"ROUTE", "VISIBILITY", "POLICY", "USABLE", "TIERS"});
  std::map<std::string, int> builtin;  // by tiers: there are many, all alike
  for (const Json& route : routes) {
    const std::string tiers = print_tiers(route.at("tiers"));
    if (route.at("builtin").get<bool>()) {
      ++builtin[tiers];
      continue;
    }
    const auto usable = route.at("usable").get<unsigned>();
    const bool panic = route.at("panic").get<bool>();
    const std::string floor = std::to_string(route.at("min_usable").get<unsigned>());
    table.row({{text(route, "zone"), Tone::bold},
               {text(route, "visibility")},
               {text(route, "policy")},
               {std::to_string(usable) + (panic ? ", PANIC: below " + floor : ""),
                panic ? Tone::bad : Tone::plain},
               {tiers}});
  }
  std::string out = table.print(paint);
  for (const auto& [tiers, zones] : builtin) {
    out +=
        "  " + paint(Tone::dim, std::to_string(zones) + " built-in private zones: " + tiers) + "\n";
  }
  return out;
}

std::string print_state(const Json& upstream) {
  std::string state = text(upstream, "state");
  if (text(upstream, "forced") == "auto") return state;
  const Json& left = upstream.at("forced_for");
  return state + " (forced" +
         (left.is_null() ? "" : ", " + print_age(left.get<double>()) + " left") + ")";
}

std::string print_last_probe(const Json& probe) {
  if (probe.is_null()) return "-";
  return text(probe, "outcome") + ", " + print_age(number(probe, "age")) + " ago";
}

std::string print_rtts(const Json& rtt) {
  if (!rtt.at("measured").get<bool>()) return "-";
  return print_rtt(number(rtt, "smoothed")) + " / " + print_rtt(number(rtt, "p95")) + " / " +
         print_rtt(number(rtt, "p99"));
}

std::string print_upstreams(const Json& upstreams, const Paint& paint) {
  Table table({"UPSTREAM", "PROVIDER", "STATE", ">FOR", "WHY", ">SHARE", ">GOOD",
               "RTT MEAN / P95 / P99", "LAST PROBE", "NEXT", ">ASKED"});
  std::string faults;
  for (const Json& upstream : upstreams) {
    const std::string state = text(upstream, "state");
    const Json& probe = upstream.at("last_probe");
    const bool failed = !probe.is_null() && !probe.at("success").get<bool>();
    const Json& next = upstream.at("next_probe");
    const bool judged = upstream.at("samples").get<unsigned>() > 0;
    table.row({{text(upstream, "name"), Tone::bold},
               {text(upstream, "provider")},
               {print_state(upstream), tone_of_state(state)},
               {print_age(number(upstream, "since"))},
               {text(upstream, "cause")},
               {upstream.at("usable").get<bool>() ? print_percent(number(upstream, "share")) : "-"},
               {judged ? print_percent(number(upstream, "good_ratio")) : "-"},
               {print_rtts(upstream.at("rtt"))},
               {print_last_probe(probe), failed ? Tone::bad : Tone::plain},
               {next.is_null() ? "-" : "in " + print_age(next.get<double>())},
               {count(upstream, "exchanges")}});
    if (upstream.at("fault").is_null()) continue;
    faults += "  " + paint(Tone::bad, text(upstream, "name") + " fails: ") +
              text(upstream, "fault") + "\n";
  }
  return table.print(paint) + faults;
}

std::string print_head_of(const Json& endpoint) {
  const Json& head = endpoint.at("head");
  if (head.is_null()) return "-";
  const auto behind = head.at("behind").get<std::uint64_t>();
  return std::to_string(head.at("number").get<std::uint64_t>()) + ", " +
         print_age(number(head, "age")) + " old" +
         (behind == 0 ? "" : ", " + print_count(behind) + " behind");
}

/// Of every chain; "" if there is none.
std::string print_endpoints(const Json& upstreams, const Paint& paint) {
  Table table({"ENDPOINT", "OF", "HOST", "STATE", ">SCORE", "NEWEST BLOCK", ">LATENCY", ">CALLS",
               ">ALL", ">ANSWERED", ">429", ">OUTVOTED"});
  std::string faults;
  for (const Json& upstream : upstreams) {
    for (const Json& endpoint : upstream.at("endpoints")) {
      const std::string state = text(endpoint, "state");
      const Json& latency = endpoint.at("latency");
      const auto outvoted = endpoint.at("minority").get<std::uint64_t>();
      const std::string name =
          text(endpoint, "name") + (endpoint.at("trusted").get<bool>() ? " (trusted)" : "");
      table.row({{name, Tone::bold},
                 {text(upstream, "name")},
                 {text(endpoint, "host")},
                 {state, state == "ready" ? Tone::good : Tone::bad},
                 {print_percent(number(endpoint, "score"))},
                 {print_head_of(endpoint)},
                 {latency.is_null() ? "-" : print_rtt(latency.get<double>())},
                 {count(endpoint, "calls")},
                 {count(endpoint, "requests")},
                 {count(endpoint, "answered")},
                 {count(endpoint, "rate_limited")},
                 {print_count(outvoted), outvoted > 0 ? Tone::bad : Tone::plain}});
      if (endpoint.at("reverts") == "stripped") {
        faults += "  " + paint(Tone::warn, text(endpoint, "name") + ": ") +
                  "strips the data of reverts: what needs them is asked of others\n";
      }
      if (endpoint.at("fault").is_null()) continue;
      faults +=
          "  " + paint(Tone::bad, text(endpoint, "name") + ": ") + text(endpoint, "fault") + "\n";
    }
  }
  return table.empty() ? "" : "\n" + table.print(paint) + faults;
}

std::string print_transitions(const Json& transitions, const Paint& paint) {
  Table table({">AGO", "UPSTREAM", "FROM", "TO", "WHY"});
  for (const Json& event : transitions) {
    const std::string to = text(event, "to");
    table.row({{print_age(number(event, "age"))},
               {text(event, "upstream"), Tone::bold},
               {text(event, "from")},
               {to, tone_of_state(to)},
               {text(event, "cause")}});
  }
  return table.empty() ? "" : "\n" + table.print(paint);
}

}  // namespace

Tone tone_of_state(const std::string& state) {
  if (state == "up") return Tone::good;
  return state == "down" ? Tone::bad : Tone::warn;
}

std::string print_status(const Json& status, const Paint& paint) {
  return print_head(status, paint) + "\n" + print_routes(status.at("routes"), paint) + "\n" +
         print_upstreams(status.at("upstreams"), paint) +
         print_endpoints(status.at("upstreams"), paint) +
         print_transitions(status.at("transitions"), paint);
}

}  // namespace holdfast::ctl
