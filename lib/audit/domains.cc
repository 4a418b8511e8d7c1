#include "audit/domains.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>

namespace holdfast::audit {
namespace {

/// The first of the fact's look-ups that finds something.
template <typename Fact, typename ByHost, typename ByAddress>
const Fact* known(const Party& party, ByHost by_host, ByAddress by_address) {
  const std::string& host = party.endpoint != nullptr ? party.endpoint->host : party.upstream->host;
  if (const Fact* fact = by_host(host)) return fact;
  if (party.endpoint != nullptr) {
    for (const IpAddress& address : party.endpoint->addresses) {
      if (const Fact* fact = by_address(address)) return fact;
    }
    return nullptr;
  }
  if (const Fact* fact = by_host(party.upstream->tls.name)) return fact;
  for (const Endpoint& endpoint : party.upstream->endpoints) {
    if (const Fact* fact = by_address(endpoint.address)) return fact;
  }
  return nullptr;
}

std::vector<Party> parties_in(const Config& config) {
  std::vector<Party> parties;
  for (const UpstreamConfig& upstream : config.upstreams) {
    if (!upstream.chain) {
      parties.push_back({&upstream, nullptr, upstream.provider, nullptr, nullptr, 0});
      continue;
    }
    for (const rpc::EndpointSpec& endpoint : upstream.chain->endpoints)
      parties.push_back({&upstream, &endpoint, endpoint.provider, nullptr, nullptr, 0});
  }
  for (Party& party : parties) {
    party.service = known<Service>(party, service_of, service_at);
    party.cloud = known<Cloud>(party, cloud_of, cloud_at);
    if (party.cloud == nullptr) party.cloud = cloud_called(party.provider);
  }
  return parties;
}

std::vector<Endpoint> places_of(const Party& party) {
  if (party.endpoint == nullptr) return party.upstream->endpoints;
  std::vector<Endpoint> places;
  for (const IpAddress& address : party.endpoint->addresses)
    places.push_back({address, party.endpoint->port});
  return places;
}

/// Different ports of one public address are one server; on loopback they are laboratories.
bool shares_address(const Party& a, const Party& b) {
  for (const Endpoint& one : places_of(a)) {
    for (const Endpoint& other : places_of(b)) {
      if (one.address.unmapped() != other.address.unmapped()) continue;
      if (!one.address.is_loopback() || one.port == other.port) return true;
    }
  }
  return false;
}

const std::string& host_of(const Party& party) {
  return party.endpoint != nullptr ? party.endpoint->host : party.upstream->host;
}

/// Where addresses are given, they tell.
bool shares_host(const Party& a, const Party& b) {
  if (!places_of(a).empty() || !places_of(b).empty() || host_of(a).empty()) return false;
  const auto lower = [](unsigned char c) { return std::tolower(c); };
  return std::ranges::equal(host_of(a), host_of(b), {}, lower, lower);
}

bool shares_proxy(const Party& a, const Party& b) {
  if (a.endpoint != nullptr || b.endpoint != nullptr) return false;
  return a.upstream->http.proxy && a.upstream->http.proxy == b.upstream->http.proxy;
}

bool is_vpc_resolver(const Party& party) {
  return party.service != nullptr && party.service->name == "aws-vpc";
}

/// It speaks plain DNS and nothing else.
bool may_be_vpc_plus_two(const Party& party) {
  if (party.endpoint != nullptr || party.service != nullptr) return false;
  const UpstreamConfig& upstream = *party.upstream;
  if (upstream.transport != TransportKind::udp && upstream.transport != TransportKind::tcp)
    return false;
  const bool inside = upstream.upstream_class == UpstreamClass::cloud;
  return std::ranges::any_of(upstream.endpoints, [inside](const Endpoint& endpoint) {
    return endpoint.port == 53 && is_base_plus_two(endpoint.address) &&
           (inside || endpoint.address.is_private());
  });
}

/// The number of the first party of each one's domain.
std::vector<std::size_t> roots_of(const std::vector<Party>& parties) {
  std::vector<std::size_t> root(parties.size());
  std::iota(root.begin(), root.end(), std::size_t{0});
  for (std::size_t i = 0; i < parties.size(); ++i) {
    for (std::size_t j = i + 1; j < parties.size(); ++j) {
      const Party &one = parties[i], &other = parties[j];
      if (root[i] == root[j]) continue;
      if (one.provider != other.provider && bond(one, other).empty()) continue;
      const auto [keep, drop] = std::minmax(root[i], root[j]);
      std::ranges::replace(root, std::size_t{drop}, std::size_t{keep});
    }
  }
  return root;
}

}  // namespace

std::string bond(const Party& one, const Party& other) {
  if (one.service != nullptr && one.service == other.service)
    return "are both " + std::string(one.service->title);
  if ((is_vpc_resolver(one) && may_be_vpc_plus_two(other)) ||
      (is_vpc_resolver(other) && may_be_vpc_plus_two(one))) {
    return "are both the resolver of the VPC, at its link-local address and at VPC+2";
  }
  if (shares_address(one, other)) return "have an address in common";
  if (shares_host(one, other)) return "have a host name in common";
  if (shares_proxy(one, other)) return "are reached through one proxy";
  return {};
}

bool is_same_vpc_resolver(const Party& party, const IpAddress& address) {
  if (is_vpc_resolver(party)) return is_base_plus_two(address) && address.is_private();
  const Service* service = service_at(address);
  return service != nullptr && service->name == "aws-vpc" && may_be_vpc_plus_two(party);
}

Domains::Domains(const Config& config) : parties_(parties_in(config)) {
  const auto roots = roots_of(parties_);
  std::map<std::size_t, DomainId> ids;
  std::vector<std::vector<std::string>> called;
  for (std::size_t i = 0; i < parties_.size(); ++i) {
    const auto [at, is_new] = ids.emplace(roots[i], called.size());
    if (is_new) called.emplace_back();
    parties_[i].domain = at->second;
    auto& names = called[at->second];
    if (std::ranges::find(names, parties_[i].provider) == names.end())
      names.push_back(parties_[i].provider);
  }
  for (const auto& names : called) {
    std::string& name = names_.emplace_back();
    for (const std::string& part : names)
      name += (name.empty() ? "" : "+") + part;
  }
}

std::vector<const Party*> Domains::parties_of(const UpstreamConfig& upstream) const {
  std::vector<const Party*> found;
  for (const Party& party : parties_) {
    if (party.upstream == &upstream) found.push_back(&party);
  }
  return found;
}

DomainSet Domains::of(const UpstreamConfig& upstream) const {
  DomainSet ids;
  for (const Party* party : parties_of(upstream))
    ids.insert(party->domain);
  return ids;
}

bool Domains::answers_without(const UpstreamConfig& upstream, const DomainSet& lost) const {
  std::set<const Party*> parties;
  for (const Party& party : parties_) {
    if (lost.contains(party.domain)) parties.insert(&party);
  }
  return answers_without(upstream, parties);
}

bool Domains::answers_without(const UpstreamConfig& upstream,
                              const std::set<const Party*>& lost) const {
  std::set<std::string> agreeing;
  bool trusted = false;
  for (const Party* party : parties_of(upstream)) {
    if (lost.contains(party)) continue;
    agreeing.insert(party->provider);
    trusted = trusted || (party->endpoint != nullptr && party->endpoint->trusted);
  }
  if (agreeing.empty()) return false;
  if (!upstream.chain || upstream.chain->mode == rpc::Mode::first) return true;
  if (upstream.chain->mode == rpc::Mode::trusted && trusted) return true;
  return agreeing.size() >= upstream.chain->quorum;
}

}  // namespace holdfast::audit
