// Ways out and ways in: transports, interfaces, bootstrap servers, listeners.
#include <algorithm>
#include <set>

#include "audit/rules.h"

namespace holdfast::audit {
namespace {

bool stays_here(const UpstreamConfig& upstream) {
  if (upstream.chain) {
    return std::ranges::all_of(upstream.chain->endpoints, [](const auto& endpoint) {
      return std::ranges::all_of(endpoint.addresses, &IpAddress::is_loopback);
    });
  }
  return !upstream.endpoints.empty() &&
         std::ranges::all_of(upstream.endpoints,
                             [](const Endpoint& e) { return e.address.is_loopback(); });
}

std::set<std::uint16_t> ports_of(const UpstreamConfig& upstream) {
  std::set<std::uint16_t> ports;
  if (upstream.chain) {
    for (const auto& endpoint : upstream.chain->endpoints)
      ports.insert(endpoint.port);
    return ports;
  }
  for (const Endpoint& endpoint : upstream.endpoints)
    ports.insert(endpoint.port);
  if (upstream.endpoints.empty()) ports.insert(upstream.port);
  return ports;
}

/// What is wrong with the way the route's upstreams are reached; "" if nothing.
std::string lone_way(const std::vector<const UpstreamConfig*>& upstreams) {
  std::set<TransportKind> kinds;
  std::set<std::uint16_t> ports;
  std::size_t outside = 0;
  for (const UpstreamConfig* upstream : upstreams) {
    if (stays_here(*upstream)) continue;
    ++outside;
    kinds.insert(upstream->transport);
    const auto here = ports_of(*upstream);
    ports.insert(here.begin(), here.end());
  }
  if (outside < 2) return {};
  if (ports == std::set<std::uint16_t>{53}) return "all are asked on port 53 and nowhere else";
  if (kinds.size() == 1) {
    return std::string("all are asked by one transport, ") + to_string(*kinds.begin());
  }
  return {};
}

/// Is this server one of this domain?
bool is_of(const Endpoint& server, DomainId domain, const Domains& domains) {
  const Service* service = service_at(server.address);
  return std::ranges::any_of(domains.parties(), [&](const Party& party) {
    if (party.domain != domain || party.endpoint != nullptr) return false;
    if (service != nullptr && party.service == service) return true;
    if (is_same_vpc_resolver(party, server.address)) return true;
    return std::ranges::any_of(party.upstream->endpoints, [&server](const Endpoint& endpoint) {
      return endpoint.address.unmapped() == server.address.unmapped();
    });
  });
}

bool all_of_domain(const std::vector<Endpoint>& servers, DomainId domain, const Domains& domains) {
  return std::ranges::all_of(
      servers, [&](const Endpoint& server) { return is_of(server, domain, domains); });
}

/// One address, or several of one service.
bool are_one(const std::vector<Endpoint>& servers) {
  const Service* service = service_at(servers.front().address);
  return std::ranges::all_of(servers, [&](const Endpoint& server) {
    return server.address == servers.front().address ||
           (service != nullptr && service_at(server.address) == service);
  });
}

/// Domains of routes with the upstream, but for its own.
DomainSet replaced_by(const Subject& subject, const UpstreamConfig& upstream) {
  DomainSet others;
  for (const RouteConfig* route : subject.routes_of(upstream)) {
    for (const UpstreamConfig* other : subject.answering(*route)) {
      const DomainSet here = subject.domains().of(*other);
      others.insert(here.begin(), here.end());
    }
  }
  for (const DomainId own : subject.domains().of(upstream))
    others.erase(own);
  return others;
}

/// What of it has to be looked up before it can be asked; empty too if the rest can do without.
std::vector<const Party*> unresolved(const Domains& domains, const UpstreamConfig& upstream) {
  std::vector<const Party*> parties;
  for (const Party* party : domains.parties_of(upstream)) {
    const bool known = party->endpoint != nullptr
                           ? !party->endpoint->addresses.empty()
                           : upstream.host.empty() || !upstream.endpoints.empty();
    if (!known) parties.push_back(party);
  }
  const std::set<const Party*> lost(parties.begin(), parties.end());
  if (domains.answers_without(upstream, lost)) parties.clear();
  return parties;
}

bool is_global(const IpAddress& address) {
  return !address.unmapped().is_private() && !address.unmapped().is_unspecified();
}

/// More strangers than a network of one's own has.
bool is_wide(const IpPrefix& prefix) {
  if (prefix.address.is_private() && prefix.length >= (prefix.address.is_v4() ? 8 : 7))
    return false;
  return prefix.length < (prefix.address.is_v4() ? 12 : 20);
}

}  // namespace

void one_way_out(const Subject& subject, Findings& out) {
  std::set<std::vector<const UpstreamConfig*>> seen;
  for (const RouteConfig& route : subject.config().routes) {
    if (route.visibility != Visibility::public_view) continue;
    const auto upstreams = subject.upstreams_of(route);
    if (!seen.insert(upstreams).second) continue;
    const std::string why = lone_way(upstreams);
    if (why.empty()) continue;
    out.add(Severity::warning, Subject::below(subject.place_of(route), {"tiers"}),
            why + ": a firewall or a network that blocks or bends it takes all of them",
            "have one by tls:// (port 853) and one by https:// (port 443)");
  }
}

void one_interface(const Subject& subject, Findings& out) {
  for (const RouteConfig& route : subject.config().routes) {
    const auto upstreams = subject.upstreams_of(route);
    const std::string& interface = upstreams.front()->interface;
    const bool all = std::ranges::all_of(
        upstreams, [&interface](const auto* u) { return u->interface == interface; });
    if (interface.empty() || upstreams.size() < 2 || !all ||
        route.visibility != Visibility::public_view) {
      continue;
    }
    out.add(Severity::warning, Subject::below(subject.place_of(route), {"tiers"}),
            "all its upstreams are asked through " + quoted(interface) +
                ": when that line is down, none is reached though another may be up",
            "leave \"interface\" out, or give one of them another");
  }
}

void bootstrap_circle(const Subject& subject, Findings& out) {
  const Config& config = subject.config();
  if (config.bootstrap.empty()) return;
  for (const UpstreamConfig& upstream : config.upstreams) {
    const auto parties = unresolved(subject.domains(), upstream);
    if (parties.empty()) continue;
    const DomainId own = parties.front()->domain;
    if (all_of_domain(config.bootstrap, own, subject.domains())) continue;
    const std::string whose =
        upstream.chain ? "an endpoint of " + quoted(upstream.name) : quoted(upstream.name);
    const std::string remedy =
        "give " + whose + " \"addresses\", or add a bootstrap server of another provider";
    const Node& at = subject.item("bootstrap", config.bootstrap.size() == 1 ? 0 : SIZE_MAX);
    for (const DomainId other : replaced_by(subject, upstream)) {
      if (!all_of_domain(config.bootstrap, other, subject.domains())) continue;
      out.add(Severity::error, at,
              "the host name of " + whose + " is resolved only by " +
                  quoted(subject.domains().names()[other]) +
                  ", which it must replace: at a start during that outage it cannot be asked",
              remedy);
      return;
    }
    if (!are_one(config.bootstrap)) continue;
    out.add(Severity::warning, at,
            "all bootstrap servers are one service: at a start during its outage " + whose +
                " cannot be asked",
            remedy);
    return;
  }
}

void stub_upstream(const Subject& subject, Findings& out) {
  static const std::vector<IpAddress> stubs{parse_ip("127.0.0.53").value(),
                                            parse_ip("127.0.0.54").value()};
  for (const UpstreamConfig& upstream : subject.config().upstreams) {
    const bool is_stub = std::ranges::any_of(upstream.endpoints, [](const Endpoint& e) {
      return e.port == 53 && std::ranges::find(stubs, e.address) != stubs.end();
    });
    if (!is_stub) continue;
    out.add(Severity::warning, Subject::below(subject.place_of(upstream), {"url"}),
            quoted(upstream.name) +
                " is systemd-resolved's stub on this host, which only asks others: it is no "
                "provider, and after a takeover it may ask holdfast",
            "\"url\": \"auto\", which finds the servers that it asks");
  }
}

/// Whom the configuration admits, and where it says so.
std::vector<std::pair<IpPrefix, const Node*>> admitted(const Subject& subject) {
  std::vector<std::pair<IpPrefix, const Node*>> all;
  const Config& config = subject.config();
  for (std::size_t i = 0; i < config.acl.size(); ++i)
    all.emplace_back(config.acl[i], &subject.item("acl", i));
  for (const AdmitConfig& some : config.admit) {
    const Node& list = subject.at({"admit", some.name});
    for (std::size_t i = 0; i < some.networks.size(); ++i)
      all.emplace_back(some.networks[i], &list.children.at(i));
  }
  return all;
}

void open_listener(const Subject& subject, Findings& out) {
  const Config& config = subject.config();
  const auto outward = std::ranges::find_if(
      config.listen, [](const Endpoint& e) { return !e.address.is_loopback(); });
  if (outward == config.listen.end()) return;
  bool open = false, others = false;
  for (const auto& [block, place] : admitted(subject)) {
    others = others || !block.address.is_loopback();
    if (!is_wide(block)) continue;
    open = true;
    out.add(Severity::error, *place,
            "whoever reaches " + outward->to_string() + " from " + block.to_string() +
                " may ask: an open resolver is used to attack others, and its cache by strangers",
            "list the networks of your clients and no others");
  }
  if (open) return;
  for (std::size_t i = 0; i < config.listen.size(); ++i) {
    const IpAddress& address = config.listen[i].address;
    const bool any = address.unmapped().is_unspecified();
    if (!any && !is_global(address)) continue;
    const std::string where = config.listen[i].to_string();
    out.add(any && others ? Severity::note : Severity::warning, subject.item("listen", i),
            others
                ? where + " can be reached from everywhere, and only \"acl\" turns strangers away"
                : where + " can be reached from everywhere, and \"acl\" refuses everybody there",
            "listen on loopback, and on the inner addresses where your clients are");
  }
}

}  // namespace holdfast::audit
