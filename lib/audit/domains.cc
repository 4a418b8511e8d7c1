#include "audit/domains.h"

#include <algorithm>
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
    const bool inside = party.upstream->upstream_class == UpstreamClass::cloud;
    if (party.cloud == nullptr && inside) party.cloud = cloud_called(party.provider);
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
      if (one.address != other.address) continue;
      if (!one.address.is_loopback() || one.port == other.port) return true;
    }
  }
  return false;
}

/// 169.254.169.253 and the base of the network plus two.
bool is_vpc_pair(const Party& a, const Party& b) {
  if (a.service == nullptr || a.service->name != "aws-vpc" || b.endpoint != nullptr) return false;
  return b.upstream->upstream_class == UpstreamClass::cloud &&
         std::ranges::any_of(b.upstream->endpoints, [](const Endpoint& endpoint) {
           return may_be_vpc_plus_two(endpoint.address);
         });
}

bool are_one(const Party& a, const Party& b) {
  if (a.provider == b.provider) return true;
  if (a.service != nullptr && a.service == b.service) return true;
  return shares_address(a, b) || is_vpc_pair(a, b) || is_vpc_pair(b, a);
}

/// The number of the first party of each one's domain.
std::vector<std::size_t> roots_of(const std::vector<Party>& parties) {
  std::vector<std::size_t> root(parties.size());
  std::iota(root.begin(), root.end(), std::size_t{0});
  for (std::size_t i = 0; i < parties.size(); ++i) {
    for (std::size_t j = i + 1; j < parties.size(); ++j) {
      if (root[i] == root[j] || !are_one(parties[i], parties[j])) continue;
      const auto [keep, drop] = std::minmax(root[i], root[j]);
      std::ranges::replace(root, std::size_t{drop}, std::size_t{keep});
    }
  }
  return root;
}

}  // namespace

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
