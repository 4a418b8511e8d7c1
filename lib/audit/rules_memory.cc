// What is remembered, and for how long: stale answers, the store, the cache.
#include <algorithm>
#include <array>
#include <string>

#include "audit/rules.h"
#include "base/units.h"

namespace holdfast::audit {
namespace {

/// AWS Seoul, 2018-11-22, took 84 minutes; us-east-1, 2025-10-20, took hours.
constexpr Duration kOutage = 2h;
constexpr std::size_t kSmallCache = std::size_t{4} * 1024 * 1024;

bool is_private(const RouteConfig& route) {
  return route.visibility == Visibility::private_view;
}

/// Do private zones rely on `stale.private`: a route without its own, or one that is built in?
bool uses_private_default(const Config& config) {
  const bool routes = std::ranges::any_of(
      config.routes, [](const RouteConfig& r) { return is_private(r) && !r.stale; });
  return routes || std::ranges::any_of(config.upstreams, [](const UpstreamConfig& u) {
           return u.upstream_class == UpstreamClass::cloud;
         });
}

bool uses_public_default(const Config& config) {
  return std::ranges::any_of(config.routes,
                             [](const RouteConfig& r) { return !is_private(r) && !r.stale; });
}

void too_short(Findings& out, const Node& at, const std::string& whose, Duration age) {
  if (age >= kOutage) return;
  out.add(Severity::warning, at,
          age == Duration::zero() ? "no stale answer is served " + whose +
                                        ": an outage of all its upstreams is seen "
                                        "by every client at once"
                                  : "stale answers " + whose + " end after " + print_duration(age) +
                                        ": outages have taken longer",
          "\"3d\", as is the default");
}

}  // namespace

void private_no_stale(const Subject& subject, Findings& out) {
  const Config& config = subject.config();
  constexpr const char* kRemedy = "\"3d\" or more: only stale answers bridge its resolver's outage";
  if (config.stale_private == Duration::zero() && uses_private_default(config)) {
    out.add(Severity::error, subject.at({"stale", "private"}),
            "private names have no stale answers, and nobody else may be asked for them: when "
            "their resolver fails they fail at once",
            kRemedy);
  }
  for (const RouteConfig& route : config.routes) {
    if (!is_private(route) || !route.stale || *route.stale != Duration::zero()) continue;
    out.add(Severity::error, Subject::below(subject.place_of(route), {"stale"}),
            "names of " + quoted(route.label) +
                " have no stale answers, and nobody else may be asked for them: when their "
                "resolver fails they fail at once",
            kRemedy);
  }
}

void short_stale(const Subject& subject, Findings& out) {
  const Config& config = subject.config();
  if (uses_public_default(config)) {
    too_short(out, subject.at({"stale", "public"}), "on public routes", config.stale_public);
  }
  // None at all on private routes is an error of its own.
  if (uses_private_default(config) && config.stale_private != Duration::zero()) {
    too_short(out, subject.at({"stale", "private"}), "on private routes", config.stale_private);
  }
  for (const RouteConfig& route : config.routes) {
    if (!route.stale || (is_private(route) && *route.stale == Duration::zero())) continue;
    too_short(out, Subject::below(subject.place_of(route), {"stale"}),
              "on the route " + quoted(route.label), *route.stale);
  }
}

void no_store(const Subject& subject, Findings& out) {
  if (!subject.config().store.path.empty()) return;
  out.add(Severity::warning, subject.at({}),
          "there is no \"store\": after a restart or a reboot in the middle of an outage nothing "
          "is remembered",
          "\"store\": {\"path\": \"/var/lib/holdfast\"}");
}

void store_lost(const Subject& subject, Findings& out) {
  static constexpr std::array kVolatile{"/tmp/", "/run/", "/var/run/", "/dev/shm/"};
  const std::string path = subject.config().store.path + "/";
  const bool lost = std::ranges::any_of(
      kVolatile, [&path](std::string_view folder) { return path.starts_with(folder); });
  if (!lost) return;
  out.add(Severity::warning, subject.at({"store", "path"}),
          "what is in " + quoted(subject.config().store.path) + " is gone after a reboot",
          "a folder on a disk, such as \"/var/lib/holdfast\"");
}

void small_memory(const Subject& subject, Findings& out) {
  const Config& config = subject.config();
  if (config.cache_max_bytes < kSmallCache) {
    out.add(Severity::warning, subject.at({"cache", "max_bytes"}),
            "the cache has room for " + print_size(config.cache_max_bytes) +
                ": what was used yesterday is not held any more when it is needed",
            "\"64MiB\", as is the default");
  }
  if (!config.store.path.empty() && config.store.max_bytes < config.cache_max_bytes) {
    out.add(Severity::warning, subject.at({"store", "max_bytes"}),
            "the store is smaller than the cache: a restart forgets part of what is held",
            "at least as much as \"cache.max_bytes\"; \"256MiB\" is the default");
  }
}

}  // namespace holdfast::audit
