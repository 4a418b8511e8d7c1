// What answers mean: verdicts of validators and filters, views, names that should stay inside.
#include <algorithm>
#include <array>
#include <set>

#include "audit/rules.h"
#include "control/builtin_routes.h"

namespace holdfast::audit {
namespace {

using Mark = bool UpstreamConfig::*;

bool is_external(const UpstreamConfig* upstream) {
  return upstream->upstream_class == UpstreamClass::external;
}

/// Names of the route's upstreams with and without the mark: of the external ones, and of those
/// of the network's own, too, where one of these has it.
struct Mix {
  std::vector<std::string> with, without;
  DomainSet domains;  // of those with it

  [[nodiscard]] bool is_one() const { return !with.empty() && !without.empty(); }
};

Mix mix_of(const Subject& subject, const RouteConfig& route, Mark mark) {
  Mix mix;
  const auto upstreams = subject.answering(route);
  const bool inside =
      std::ranges::any_of(upstreams, [mark](const auto* u) { return !is_external(u) && u->*mark; });
  for (const UpstreamConfig* upstream : upstreams) {
    if (upstream->chain || !(inside || is_external(upstream))) continue;
    (upstream->*mark ? mix.with : mix.without).push_back(upstream->name);
    if (!(upstream->*mark)) continue;
    const DomainSet here = subject.domains().of(*upstream);
    mix.domains.insert(here.begin(), here.end());
  }
  return mix;
}

/// Routes whose tiers are the same are told of once.
class Once {
 public:
  [[nodiscard]] bool is_new(const RouteConfig& route) { return seen_.insert(route.tiers).second; }

 private:
  std::set<std::vector<std::vector<std::string>>> seen_;
};

bool is_at_or_below(const dns::Name& name, std::string_view zone) {
  const auto parsed = dns::Name::parse(zone);
  return parsed && name.is_subdomain_of(*parsed);
}

/// Zones that only somebody's own network knows: RFC 6762 appendix G, RFC 8375, what Kubernetes
/// uses, and those that are private here without anybody saying so.
bool looks_private(const dns::Name& zone) {
  static constexpr std::array kUsual{"intranet", "private",     "corp",      "home",
                                     "lan",      "localdomain", "home.arpa", "cluster.local"};
  const auto below = [&zone](std::string_view known) { return is_at_or_below(zone, known); };
  return std::ranges::any_of(kUsual, below) || std::ranges::any_of(private_zones(), below);
}

/// Beyond any network of one's own.
bool is_outside(const UpstreamConfig& upstream) {
  if (!is_external(&upstream)) return false;
  return upstream.endpoints.empty() ||
         std::ranges::any_of(upstream.endpoints,
                             [](const Endpoint& e) { return !e.address.is_private(); });
}

}  // namespace

void mixed_validators(const Subject& subject, Findings& out) {
  Once once;
  for (const RouteConfig& route : subject.config().routes) {
    if (route.trust_unvalidated || !once.is_new(route)) continue;
    const Mix mix = mix_of(subject, route, &UpstreamConfig::validates);
    if (!mix.is_one()) continue;
    const bool alone = mix.domains.size() == 1;
    out.add(Severity::warning, Subject::below(subject.place_of(route), {"tiers"}),
            listing(mix.with) + (mix.with.size() == 1 ? " validates, " : " validate, ") +
                listing(mix.without) + (mix.without.size() == 1 ? " does not: " : " do not: ") +
                "what is bogus is refused or answered as it happens" +
                (alone ? ", and while the validator answers SERVFAIL to everything nobody else is "
                         "asked"
                       : ""),
            "only upstreams that validate (or mark those that do), or \"trust_unvalidated\": true");
  }
}

void mixed_filters(const Subject& subject, Findings& out) {
  Once once;
  for (const RouteConfig& route : subject.config().routes) {
    if (!once.is_new(route) || route.tiers.empty()) continue;
    // Behind the network's own resolvers, which filter nothing, nobody counts on a filter, unless
    // he says that there is one.
    const auto external = [&subject](const std::string& name) {
      return is_external(&subject.upstream(name));
    };
    const auto by_hand = [&subject](const std::string& name) {
      return !subject.place_of(subject.upstream(name)).pointer.starts_with("/use/");
    };
    const Mix mix = mix_of(subject, route, &UpstreamConfig::filters);
    const bool counts = std::ranges::any_of(route.tiers.front(), external) ||
                        std::ranges::any_of(mix.with, by_hand);
    if (!counts || !mix.is_one()) continue;
    out.add(Severity::warning, Subject::below(subject.place_of(route), {"tiers"}),
            listing(mix.with) + (mix.with.size() == 1 ? " filters, " : " filter, ") +
                listing(mix.without) + (mix.without.size() == 1 ? " does not: " : " do not: ") +
                "a name is blocked or not as it happens who is asked",
            "upstreams that all filter, or none that does");
  }
}

void mixed_views(const Subject& subject, Findings& out) {
  Once once;
  for (const RouteConfig& route : subject.config().routes) {
    if (route.visibility == Visibility::private_view || !once.is_new(route)) continue;
    for (std::size_t t = 0; t < route.tiers.size(); ++t) {
      std::vector<std::string> inside, outside;
      for (const std::string& name : route.tiers[t]) {
        const UpstreamConfig& upstream = subject.upstream(name);
        if (upstream.chain) continue;
        (is_external(&upstream) ? outside : inside).push_back(name);
      }
      if (inside.empty() || outside.empty()) continue;
      const Node& tiers = Subject::below(subject.place_of(route), {"tiers"});
      out.add(Severity::warning, t < tiers.children.size() ? tiers.children[t] : tiers,
              "one tier has " + listing(inside) + ", which may know inner names, and " +
                  listing(outside) +
                  ", which do not: a hedge gives, and leaks, the public view while all is well",
              "a tier of its own for what is of class \"cloud\", before the others");
    }
  }
}

void private_leak(const Subject& subject, Findings& out) {
  for (const RouteConfig& route : subject.config().routes) {
    const bool inside = route.visibility == Visibility::private_view;
    if (!inside && !(route.visibility == Visibility::public_view && looks_private(route.zone))) {
      continue;
    }
    std::vector<std::string> outside;
    for (const UpstreamConfig* upstream : subject.upstreams_of(route)) {
      if (is_outside(*upstream)) outside.push_back(upstream->name);
    }
    if (outside.empty()) continue;
    out.add(Severity::warning, Subject::below(subject.place_of(route), {inside ? "tiers" : "zone"}),
            "names of " + quoted(route.label) + (inside ? ", which is private," : "") +
                " are told to " + listing(outside) +
                " outside, who cannot know them: its NXDOMAIN may be believed",
            inside ? "only upstreams of your own network"
                   : "\"visibility\": \"private\" and only upstreams of your own network");
  }
}

void no_default_route(const Subject& subject, Findings& out) {
  const bool has = std::ranges::any_of(subject.config().routes,
                                       [](const RouteConfig& r) { return r.zone.is_root(); });
  if (has) return;
  out.add(Severity::warning, subject.at({"routes"}),
          "there is no route for \".\": names of all other zones are refused",
          "a route with \"zone\": \".\"");
}

void unused_upstream(const Subject& subject, Findings& out) {
  for (const UpstreamConfig& upstream : subject.config().upstreams) {
    if (!subject.routes_of(upstream).empty()) continue;
    out.add(Severity::warning, subject.place_of(upstream),
            "no route names " + quoted(upstream.name) + ": it backs up nothing",
            "name it in a tier, or take it out");
  }
}

}  // namespace holdfast::audit
