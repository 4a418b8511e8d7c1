#include "audit/losses.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace holdfast::audit {
namespace {

/// All that makes a route answer as it does, but for its zone.
auto nature_of(const RouteConfig& route) {
  return std::tuple(
      route.tiers, route.policy, route.visibility, route.hedge, route.min_usable,
      std::tuple(route.allow_public_answers, route.trust_unvalidated, route.stale,
                 route.last_good.guards, route.last_good.despite_agreement, route.last_good.hold));
}

void cast_roles(const Config& config, Casting& out) {
  std::map<decltype(nature_of(config.routes.front())), std::size_t> known;
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const auto [at, is_new] = known.emplace(nature_of(config.routes[i]), out.roles.size());
    if (!is_new && at->second < kMaxRoles) {
      ++out.roles[at->second].others;
    } else if (is_new && out.roles.size() < kMaxRoles) {
      out.roles.push_back({i, 0});
    } else {
      at->second = kMaxRoles;
      ++out.routes_left_out;
    }
  }
}

std::set<const Party*> members(const Domains& domains, const DomainSet& lost) {
  std::set<const Party*> parties;
  for (const Party& party : domains.parties()) {
    if (lost.contains(party.domain)) parties.insert(&party);
  }
  return parties;
}

/// Domains of each route that is played.
std::vector<DomainSet> domains_of_roles(const Subject& subject, const Casting& casting) {
  std::vector<DomainSet> all;
  for (const Role& role : casting.roles) {
    DomainSet& here = all.emplace_back();
    for (const UpstreamConfig* upstream :
         subject.upstreams_of(subject.config().routes[role.route])) {
      const DomainSet ids = subject.domains().of(*upstream);
      here.insert(ids.begin(), ids.end());
    }
  }
  return all;
}

void add_singles(const Subject& subject, const DomainSet& used, Casting& out) {
  for (const DomainId id : used) {
    const auto parties = members(subject.domains(), {id});
    for (const How how : {How::silent, How::servfail})
      out.losses.push_back({{subject.domains().names()[id]}, parties, how, false});
  }
}

void add_clouds(const Subject& subject, const DomainSet& used, Casting& out) {
  for (const Cloud& cloud : clouds()) {
    std::set<const Party*> inside;
    DomainSet domains;
    for (const Party& party : subject.domains().parties()) {
      if (party.cloud != &cloud || !used.contains(party.domain)) continue;
      inside.insert(&party);
      domains.insert(party.domain);
    }
    if (domains.size() < 2) continue;
    out.losses.push_back(
        {{"everything in " + std::string(cloud.title)}, inside, How::silent, false});
  }
}

void add_pairs(const Subject& subject, const std::vector<DomainSet>& by_role, Casting& out) {
  std::set<std::pair<DomainId, DomainId>> pairs;
  for (const DomainSet& domains : by_role) {
    for (auto one = domains.begin(); one != domains.end(); ++one) {
      for (auto other = std::next(one); other != domains.end(); ++other)
        pairs.emplace(*one, *other);
    }
  }
  std::size_t played = 0;
  for (const auto& [one, other] : pairs) {
    if (played++ == kMaxPairs) break;
    const auto& names = subject.domains().names();
    out.losses.push_back(
        {{names[one], names[other]}, members(subject.domains(), {one, other}), How::silent, true});
  }
  out.pairs_left_out = pairs.size() - std::min(pairs.size(), kMaxPairs);
}

}  // namespace

Casting cast(const Subject& subject) {
  Casting out;
  cast_roles(subject.config(), out);
  const auto by_role = domains_of_roles(subject, out);
  DomainSet used;
  for (const DomainSet& domains : by_role)
    used.insert(domains.begin(), domains.end());
  add_singles(subject, used, out);
  add_clouds(subject, used, out);
  add_pairs(subject, by_role, out);
  return out;
}

const char* to_string(How how) noexcept {
  return how == How::silent ? "silent" : "servfail";
}

}  // namespace holdfast::audit
