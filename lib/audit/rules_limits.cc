// Floors, budgets, times and thresholds that are legal and defeat themselves.
#include <algorithm>
#include <set>
#include <string>

#include "audit/rules.h"
#include "base/units.h"

namespace holdfast::audit {
namespace {

unsigned floor_of(const Subject& subject, const RouteConfig& route) {
  return route.min_usable.value_or(static_cast<unsigned>(subject.config().policy.min_usable));
}

const Node& floor_place(const Subject& subject, const RouteConfig& route) {
  const Node& node = subject.place_of(route);
  if (const Node* own = node.find("min_usable")) return *own;
  return subject.at({"safety", "min_usable"});
}

/// How many are left when the worst domain is lost; 0 if it takes all.
std::size_t left_at_worst(const Subject& subject, const RouteConfig& route) {
  const auto upstreams = subject.upstreams_of(route);
  std::size_t worst = upstreams.size();
  for (const UpstreamConfig* lost : upstreams) {
    for (const DomainId domain : subject.domains().of(*lost)) {
      const auto left = std::ranges::count_if(upstreams, [&](const UpstreamConfig* u) {
        return subject.domains().answers_without(*u, DomainSet{domain});
      });
      worst = std::min(worst, static_cast<std::size_t>(left));
    }
  }
  return worst;
}

/// One that has no resolver yet may become several.
bool may_grow(const Subject& subject, const RouteConfig& route) {
  const auto upstreams = subject.upstreams_of(route);
  return std::ranges::any_of(upstreams, [](const auto* u) { return u->automatic; });
}

/// The private routes that nobody wrote have the cloud-class upstreams of the route ".", and the
/// floor of all.
void built_in_floor(const Subject& subject, std::set<std::string>& said, Findings& out) {
  const auto& routes = subject.config().routes;
  const auto root =
      std::ranges::find_if(routes, [](const RouteConfig& r) { return r.zone.is_root(); });
  if (root == routes.end() || may_grow(subject, *root)) return;
  const auto count = std::ranges::count(subject.upstreams_of(*root), UpstreamClass::cloud,
                                        [](const auto* u) { return u->upstream_class; });
  const auto floor = static_cast<std::ptrdiff_t>(subject.config().policy.min_usable);
  const Node& at = subject.at({"safety", "min_usable"});
  if (count == 0 || count >= floor || !said.insert(at.file + at.pointer).second) return;
  out.add(Severity::error, at,
          "the built-in private routes (\"internal\", reverse zones) have " +
              std::to_string(count) + " of the upstreams of \".\", and a floor of " +
              std::to_string(floor) + ": they are always in panic",
          "1, and a \"min_usable\" of its own for a route that should have more");
}

/// A threshold that no outage reaches.
void deaf(const Subject& subject, Findings& out, std::string_view key, const std::string& why) {
  out.add(Severity::warning, subject.at({"health", key}),
          "health." + std::string(key) + " is such that " + why,
          "leave it out: the default is proven by the outages that holdfast was built for");
}

}  // namespace

void floor_defeats(const Subject& subject, Findings& out) {
  std::set<std::string> said;  // places: a floor of all routes is one finding
  for (const RouteConfig& route : subject.config().routes) {
    const std::size_t count = subject.upstreams_of(route).size();
    const unsigned floor = floor_of(subject, route);
    if (floor < 2 || may_grow(subject, route)) continue;
    const bool own = route.min_usable.has_value();
    const std::size_t left = left_at_worst(subject, route);
    const bool always = count < floor;
    if (!always && (left == 0 || left >= floor)) continue;
    const Node& at = always && !own ? subject.place_of(route) : floor_place(subject, route);
    if (!said.insert(at.file + at.pointer).second) continue;
    const std::string has = "the route " + quoted(route.label) + " has " + std::to_string(count) +
                            " upstreams and a floor of " + std::to_string(floor);
    out.add(always ? Severity::error : Severity::warning, at,
            always ? has + ": it is always in panic"
                   : has + ": one provider's outage leaves " + std::to_string(left) +
                         ", and the route is in panic although it works; nobody is taken out "
                         "for failing now and then",
            "fewer than are left when any one provider fails; 1 is usual");
  }
  built_in_floor(subject, said, out);
}

void ejection_defeats(const Subject& subject, Findings& out) {
  const Duration interval = subject.config().policy.ejection_interval;
  const Node& at = subject.at({"safety", "ejection_interval"});
  if (interval < 1s) {
    out.add(Severity::warning, at,
            "in " + print_duration(interval) +
                " steps all providers can be taken out before anybody looks: no limit at all",
            "\"5s\"");
  } else if (interval > 5min) {
    out.add(Severity::warning, at,
            "a second provider that fails in part stays in use for " + print_duration(interval),
            "\"5s\"");
  }
}

void packet_budget(const Subject& subject, Findings& out) {
  constexpr std::uint32_t kAwsDrops = 1024;  // packets a second and interface
  constexpr std::uint32_t kStarving = 50;
  std::set<std::string> seen;
  for (const UpstreamConfig& upstream : subject.config().upstreams) {
    if (!upstream.max_pps || !seen.insert(upstream.provider).second) continue;
    const std::uint32_t budget = *upstream.max_pps;
    const auto parties = subject.domains().parties_of(upstream);
    const bool aws = upstream.upstream_class == UpstreamClass::cloud &&
                     parties.front()->cloud != nullptr && parties.front()->cloud->name == "aws";
    const Node& at = Subject::below(subject.place_of(upstream), {"max_pps"});
    if (aws && (budget == 0 || budget > kAwsDrops)) {
      out.add(Severity::warning, at,
              "AWS drops what exceeds 1024 packets a second and interface, without a word: it "
              "looks like an outage, and retries make it worse",
              "900, or leave it out");
    } else if (budget > 0 && budget < kStarving) {
      out.add(Severity::warning, at,
              std::to_string(budget) +
                  " packets a second are soon used up: the provider is throttled here while it "
                  "works, and its load goes to the others",
              "what the provider really allows; none without a reason");
    }
  }
}

void retry_budget(const Subject& subject, Findings& out) {
  constexpr double kStorm = 0.5;  // of the queries
  const FailoverPolicy& policy = subject.config().policy;
  const auto storm = [&](std::string_view key) {
    out.add(Severity::warning, subject.at({"failover", key}),
            "failover." + std::string(key) +
                " is no limit: in an outage the providers that are left get twice the traffic",
            "the default; the first retry of a lookup is free");
  };
  if (policy.retry_ratio > kStorm) storm("retry_ratio");
  if (policy.hedge_ratio > kStorm) storm("hedge_ratio");
  if (policy.retry_burst >= 1) return;
  const auto needs = [&subject](const RouteConfig& route) {
    return subject.answering(route).size() >= 3;
  };
  if (std::ranges::none_of(subject.config().routes, needs)) return;
  out.add(Severity::warning, subject.at({"failover", "retry_burst"}),
          "without a token in the retry budget only the first retry of a lookup is made: of a "
          "route's third upstream nobody gets anything while two fail",
          "100, as is the default");
}

void ladder_short(const Subject& subject, Findings& out) {
  const FailoverPolicy& policy = subject.config().policy;
  const auto add = [&](std::string_view key, const std::string& why, const char* remedy) {
    out.add(Severity::warning, subject.at({"failover", key}), why, remedy);
  };
  if (policy.exchange_timeout * 2 > policy.lookup_deadline) {
    add("exchange_timeout",
        "an exchange is waited for " + print_duration(policy.exchange_timeout) +
            " of the lookup's " + print_duration(policy.lookup_deadline) +
            ": a silent upstream leaves no time for two others",
        "at most half of \"lookup_deadline\"; \"1s\" is the default");
  }
  if (policy.hedge_max >= policy.exchange_timeout) {
    add("hedge_max", "a hedge comes no sooner than the time-out that it should save",
        "\"250ms\", as is the default");
  }
  const bool ens = std::ranges::any_of(subject.config().upstreams,
                                       [](const UpstreamConfig& u) { return u.chain.has_value(); });
  if (ens && policy.lookup_deadline < 2s) {
    add("lookup_deadline",
        "reads of a chain take longer than " + print_duration(policy.lookup_deadline) +
            " on a bad day",
        "\"4s\", as is the default");
  }
}

void slow_probes(const Subject& subject, Findings& out) {
  constexpr Duration kLong = 5min;
  const auto add = [&out](const Node& at, const std::string& whose, Duration interval) {
    out.add(Severity::warning, at,
            whose + " is probed every " + print_duration(interval) +
                ": that it is dead is found during the outage it is kept for",
            "\"30s\", as is the default");
  };
  const Config& config = subject.config();
  if (config.policy.probe_interval > kLong) {
    add(subject.at({"health", "probe_interval"}), "an idle backup", config.policy.probe_interval);
  }
  if (config.policy.probe_down_max > kLong) {
    out.add(Severity::warning, subject.at({"health", "probe_down_max"}),
            "one that is down is asked whether it is back only every " +
                print_duration(config.policy.probe_down_max) +
                ": it stays out of use long after its outage",
            "\"15s\", as is the default");
  }
  for (const UpstreamConfig& upstream : config.upstreams) {
    const auto& own = upstream.probe.interval;
    if (!own || *own <= kLong || subject.routes_of(upstream).empty()) continue;
    add(Subject::below(subject.place_of(upstream), {"probe", "interval"}), quoted(upstream.name),
        *own);
  }
}

void deaf_health(const Subject& subject, Findings& out) {
  const FailoverPolicy& policy = subject.config().policy;
  if (policy.suspect_below < 0.5) {
    deaf(subject, out, "suspect_below", "an upstream that fails every other query is not in doubt");
  }
  if (policy.down_below < 0.1) {
    deaf(subject, out, "down_below", "an upstream that answers one query in ten is never down");
  }
  if (policy.suspect_failures > 50) {
    deaf(subject, out, "suspect_failures", "so many clients see a failure before it counts");
  }
  if (policy.suspect_overdue > 100) {
    deaf(subject, out, "suspect_overdue", "so many clients wait in vain before it counts");
  }
  if (policy.silent_down > 30s) {
    deaf(subject, out, "silent_down", "a dead upstream stays in use for that long");
  }
  if (policy.min_samples > 200) {
    deaf(subject, out, "min_samples", "so many queries are lost before their share counts");
  }
  if (policy.overdue_floor > 1s) {
    deaf(subject, out, "overdue_floor", "silence is not noticed before clients give up");
  }
  if (policy.rise > 30) {
    deaf(subject, out, "rise", "an upstream that works again is not used for long");
  }
  if (policy.slow_start > 10min) {
    deaf(subject, out, "slow_start", "an upstream that works again is not used for long");
  }
}

void limits_shed(const Subject& subject, Findings& out) {
  constexpr std::size_t kFew = 1000;
  const Config& config = subject.config();
  const auto add = [&](std::string_view key, std::size_t limit, const std::string& what) {
    out.add(Severity::warning, subject.at({"limits", key}),
            "a worker has room for " + std::to_string(limit) + " " + what +
                ": in an outage each is there for up to " +
                print_duration(config.policy.lookup_deadline) +
                ", and what is beyond gets SERVFAIL",
            "leave it out: room that is not used costs nothing");
  };
  if (config.limits.lookups < kFew) add("lookups", config.limits.lookups, "lookups");
  if (config.limits.waiters < kFew) {
    add("waiters", config.limits.waiters, "queries that wait for them");
  }
  if (config.limits.waiters_per_lookup < 10) {
    add("waiters_per_lookup", config.limits.waiters_per_lookup, "queries that wait for one lookup");
  }
}

void nobody_sees(const Subject& subject, Findings& out) {
  if (subject.config().http) return;
  out.add(Severity::note, subject.at({"http"}),
          "without \"http\" no monitoring learns of an outage that clients do not notice",
          "\"127.0.0.1:9953\", as is the default");
}

}  // namespace holdfast::audit
