// Who fails together: domains, services, clouds, quorums.
#include <algorithm>
#include <map>
#include <set>

#include "audit/rules.h"

namespace holdfast::audit {
namespace {

/// "… (and of 19 more routes)"
std::string more(std::size_t others) {
  if (others == 0) return {};
  return " (and so on " + std::to_string(others) + (others == 1 ? " more route)" : " more routes)");
}

DomainSet domains_of(const Subject& subject, const RouteConfig& route) {
  DomainSet all;
  for (const UpstreamConfig* upstream : subject.answering(route)) {
    const DomainSet here = subject.domains().of(*upstream);
    all.insert(here.begin(), here.end());
  }
  return all;
}

/// Two parties that are one and have different providers.
using Disguise = std::pair<const Party*, const Party*>;

/// One for each two names.
std::vector<Disguise> disguises(const Domains& domains) {
  std::vector<Disguise> all;
  std::set<std::pair<std::string, std::string>> said;
  for (const Party& other : domains.parties()) {
    for (const Party& first : domains.parties()) {
      if (&first == &other) break;
      if (first.provider == other.provider || bond(first, other).empty()) continue;
      if (said.insert(std::minmax(first.provider, other.provider)).second)
        all.emplace_back(&first, &other);
      break;
    }
  }
  return all;
}

const Node& place_of(const Subject& subject, const Party& party) {
  const Node& upstream = subject.place_of(*party.upstream);
  if (party.endpoint == nullptr) return Subject::below(upstream, {"url"});
  const Node& endpoints = Subject::below(upstream, {"endpoints"});
  const auto i = static_cast<std::size_t>(party.endpoint - party.upstream->chain->endpoints.data());
  return i < endpoints.children.size() ? endpoints.children[i] : endpoints;
}

std::string what(const Party& party) {
  if (party.endpoint == nullptr) return quoted(party.upstream->name);
  return quoted(party.upstream->name) + "'s endpoint " + quoted(party.endpoint->provider);
}

/// A party that comes after another one, in a route, and stands in the same cloud.
void look_at_backup(const Subject& subject, const Party& first, const Party& backup,
                    Findings& out) {
  const bool apart = first.domain != backup.domain;
  if (!apart || first.cloud == nullptr || first.cloud != backup.cloud) return;
  const Node& at = place_of(subject, backup);
  const auto said = [&at](const Finding& f) {
    return f.rule == "same-cloud" && f.file == at.file && f.pointer == at.pointer;
  };
  if (std::ranges::any_of(out.list, said)) return;
  const std::string cloud(first.cloud->title);
  out.add(Severity::warning, at,
          what(backup) + " stands in " + cloud + ", and so does " + what(first) +
              ", which it is to replace: an outage of " + cloud + " takes both",
          "add a backup in another cloud or network, and name it first");
}

}  // namespace

void single_domain(const Subject& subject, Findings& out) {
  std::map<std::string, std::pair<const RouteConfig*, std::size_t>> lone;
  const auto inner = [](const UpstreamConfig* u) {
    return u->upstream_class == UpstreamClass::cloud;
  };
  for (const RouteConfig& route : subject.config().routes) {
    // Of a private or split view only its owner knows: that is what stale is for.
    const bool inside = route.visibility != Visibility::public_view;
    if (inside && !route.allow_public_answers) continue;
    const DomainSet domains = domains_of(subject, route);
    if (domains.size() != 1) continue;
    const auto [at, is_new] =
        lone.emplace(subject.domains().names()[*domains.begin()], std::pair(&route, 0));
    if (!is_new) ++at->second.second;
  }
  for (const auto& [domain, found] : lone) {
    out.add(Severity::error, subject.place_of(*found.first),
            "all that may answer names of " + quoted(found.first->label) + " is " + quoted(domain) +
                more(found.second) + ": its outage is the route's outage",
            std::string("name upstreams of a second provider in its tiers") +
                (std::ranges::all_of(subject.answering(*found.first), inner)
                     ? ", or, if only this network knows the zone, \"visibility\": \"private\""
                     : ""));
  }
}

void one_service(const Subject& subject, Findings& out) {
  for (const auto& [first, other] : disguises(subject.domains())) {
    out.add(Severity::warning, place_of(subject, *other),
            what(*first) + " and " + what(*other) + " " + bond(*first, *other) +
                ", but of providers " + quoted(first->provider) + " and " +
                quoted(other->provider) + ": a retry from one to the other gains nothing",
            "give both the same \"provider\", and add one that is another service");
  }
}

void same_cloud(const Subject& subject, Findings& out) {
  for (const RouteConfig& route : subject.config().routes) {
    const auto upstreams = subject.answering(route);
    std::vector<const Party*> parties;
    for (const UpstreamConfig* upstream : upstreams) {
      for (const Party* party : subject.domains().parties_of(*upstream))
        parties.push_back(party);
    }
    for (std::size_t i = 0; i < parties.size(); ++i) {
      for (std::size_t j = i + 1; j < parties.size(); ++j)
        look_at_backup(subject, *parties[i], *parties[j], out);
    }
  }
}

void quorum_alone(const Subject& subject, Findings& out) {
  const Domains& domains = subject.domains();
  for (const UpstreamConfig& upstream : subject.config().upstreams) {
    if (!upstream.chain || upstream.chain->mode == rpc::Mode::first) continue;
    const DomainSet all = domains.of(upstream);
    if (all.size() < 2) continue;  // single-domain speaks
    for (const DomainId lost : all) {
      if (domains.answers_without(upstream, DomainSet{lost})) continue;
      const Node& node = subject.place_of(upstream);
      const Node& at = node.find("quorum") != nullptr ? *node.find("quorum")
                                                      : Subject::below(node, {"endpoints"});
      out.add(Severity::error, at,
              "without " + quoted(domains.names()[lost]) + " the endpoints of " +
                  quoted(upstream.name) + " are fewer than its quorum of " +
                  std::to_string(upstream.chain->quorum) + ": one outage, and it answers nothing",
              "add endpoints of further providers, at least one more than the quorum");
      break;
    }
  }
}

void believes_one(const Subject& subject, Findings& out) {
  for (const UpstreamConfig& upstream : subject.config().upstreams) {
    if (!upstream.chain || upstream.chain->mode != rpc::Mode::first) continue;
    const auto stranger =
        std::ranges::find(upstream.chain->endpoints, false, &rpc::EndpointSpec::trusted);
    if (stranger == upstream.chain->endpoints.end()) continue;
    const Node& node = subject.place_of(upstream);
    out.add(Severity::warning, Subject::below(node, {"mode"}),
            "whatever the endpoint " + quoted(stranger->provider) + " of " + quoted(upstream.name) +
                " says about names is believed",
            "\"mode\": \"quorum\" with three providers or more, or \"trusted\" with a node of "
            "your own");
  }
}

}  // namespace holdfast::audit
