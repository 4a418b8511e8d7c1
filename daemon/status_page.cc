#include "daemon/status_page.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "daemon/ctl/units_text.h"

namespace holdfast {
namespace {

using ctl::print_age;
using ctl::print_bytes;
using ctl::print_count;
using ctl::print_percent;
using ctl::print_rtt;

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>holdfast</title><style>
:root { color-scheme: light dark; --line: #8884; --dim: #888 }
:root { --good: #1a7f37; --warn: #b8860b; --bad: #cf222e }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 500; color: var(--dim) }
th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
.dim { color: var(--dim) } .wide { overflow-x: auto }
.up { color: var(--good) } .suspect, .recovering { color: var(--warn) }
.down, .panic { color: var(--bad); font-weight: 600 }
</style></head><body>
)";

double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

std::string age(TimePoint from, TimePoint to) {
  if (from == kNever || to == kForever || from == kForever) return "–";
  return print_age(seconds(to - from));
}

/// A row; each cell is HTML already.
std::string row(const char* tag, std::initializer_list<std::string> cells) {
  std::string html = "<tr>";
  for (const std::string& cell : cells)
    html += fmt::format("<{0}>{1}</{0}>", tag, cell);
  return html + "</tr>\n";
}

std::string join(const std::vector<std::string>& words, const char* between) {
  std::string joined;
  for (const auto& word : words)
    joined += (joined.empty() ? "" : between) + word;
  return joined;
}

std::string store(const std::optional<StoreReport>& store) {
  if (!store) return "none: memory only";
  return fmt::format("{} answers, {} of {} at {}{}{}", print_count(store->rows),
                     print_bytes(static_cast<double>(store->bytes)),
                     print_bytes(static_cast<double>(store->max_bytes)), escape_html(store->path),
                     store->loading ? ", loading" : "",
                     store->up ? "" : ", <span class=panic>not written, see the log</span>");
}

std::string head(const StatusReport& report) {
  const auto& traffic = report.traffic;
  const auto asked = traffic.cache_hits + traffic.cache_misses;
  const double hits =
      asked == 0 ? 0 : static_cast<double>(traffic.cache_hits) / static_cast<double>(asked);
  std::string html = fmt::format("<h1>holdfast {}</h1>\n", escape_html(report.version));
  html += fmt::format("<p class=dim>{}, running for {}, configuration {} taken {} ago, at {}</p>\n",
                      report.stopping ? "stopping"
                      : report.ready  ? "ready"
                                      : "starting",
                      print_age(seconds(report.uptime)), report.generation,
                      print_age(seconds(report.config_age)), print_wall_time(report.wall_now));
  if (!report.last_reload_error.empty()) {
    html += "<p class=panic>The last reload was refused: " + escape_html(report.last_reload_error) +
            "</p>\n";
  }
  html += "<table>\n";
  html += row("td", {"Listening", escape_html(join(report.listeners, ", "))});
  html += row("td",
              {"Queries", fmt::format("{}, {} failed, {} shed, {} saved by failover",
                                      print_count(traffic.queries), print_count(traffic.failures),
                                      print_count(traffic.shed), print_count(traffic.failovers))});
  html += row("td", {"Cache",
                     fmt::format("{} entries, {} of {}, {} hits", print_count(report.cache.entries),
                                 print_bytes(static_cast<double>(report.cache.bytes)),
                                 print_bytes(static_cast<double>(report.cache_max_bytes)),
                                 print_percent(hits))});
  html += row("td", {"Store", store(report.store)});
  return html + "</table>\n";
}

std::string tiers(const RouteReport& route) {
  std::vector<std::string> names;
  for (const auto& tier : route.tiers)
    names.push_back(join(tier, ", "));
  return names.empty() ? "answered here" : escape_html(join(names, " > "));
}

std::string routes(const StatusReport& report) {
  std::string html = "<h2>Routes</h2><div class=wide><table>\n";
  html += row("th", {"Zone", "Visibility", "Policy", "Usable", "Tiers"});
  std::size_t builtin = 0;
  for (const auto& route : report.routes) {
    if (route.builtin) {
      ++builtin;
      continue;
    }
    const std::string usable = route.panic
                                   ? fmt::format("<span class=panic>{}, panic: below {}</span>",
                                                 route.usable, route.min_usable)
                                   : std::to_string(route.usable);
    html += row("td", {escape_html(route.zone), escape_html(route.visibility),
                       escape_html(route.policy), usable, tiers(route)});
  }
  html += "</table></div>\n";
  if (builtin == 0) return html;
  return html + fmt::format("<p class=dim>and {} built-in private zones</p>\n", builtin);
}

std::string probe(const UpstreamStatus& status, TimePoint now) {
  if (!status.last_probe_outcome) return "–";
  return fmt::format("{}, {} ago", to_string(*status.last_probe_outcome),
                     age(status.last_probe, now));
}

std::string cause(const UpstreamReport& upstream) {
  const std::string cause = to_string(upstream.status.cause);
  return upstream.fault.empty() ? cause : cause + ": " + escape_html(upstream.fault);
}

std::string upstreams(const StatusReport& report) {
  std::string html = "<h2>Upstreams</h2><div class=wide><table>\n";
  html += row("th", {"Name", "Provider", "Address", "State", "For", "Why", "Share", "Good", "p95",
                     "Last probe", "Asked"});
  for (const auto& upstream : report.upstreams) {
    const UpstreamStatus& status = upstream.status;
    const HealthView& view = status.view;
    const char* state = to_string(view.effective());
    const std::string shown = view.forced == Forced::automatic ? "" : " (forced)";
    html += row(
        "td",
        {escape_html(status.name), escape_html(status.provider), escape_html(upstream.address),
         fmt::format("<span class={0}>{0}{1}</span>", state, shown), age(status.since, report.now),
         cause(upstream), view.usable() ? print_percent(static_cast<double>(view.share)) : "–",
         status.samples > 0 ? print_percent(status.good_ratio) : "–",
         view.measured ? print_rtt(seconds(view.p95)) : "–", probe(status, report.now),
         print_count(upstream.exchanges)});
  }
  return html + "</table></div>\n";
}

std::string transitions(const StatusReport& report) {
  if (report.transitions.empty()) return {};
  std::string html = "<h2>Recently</h2><table>\n";
  html += row("th", {"Ago", "Upstream", "From", "To", "Why"});
  for (const auto& event : report.transitions) {
    const char* to = to_string(event.to);
    html +=
        row("td", {age(event.at, report.now), escape_html(event.upstream), to_string(event.from),
                   fmt::format("<span class={0}>{0}</span>", to), to_string(event.cause)});
  }
  return html + "</table>\n";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string status_page(const StatusReport& report) {
  return std::string(kHead) + head(report) + routes(report) + upstreams(report) +
         transitions(report) + "</body></html>\n";
}

}  // namespace holdfast
