// Domains: what fails together in a configuration. An upstream's `provider` says so, and what is
// known of services says it where the configuration does not: 1.1.1.1 and 1.0.0.1 are one domain
// whatever they are called. An upstream of class ens has as many domains as its endpoints.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "audit/facts.h"
#include "config/config.h"

namespace holdfast::audit {

using DomainId = std::size_t;
using DomainSet = std::set<DomainId>;

/// A server somebody else runs: an upstream, or an endpoint of one.
struct Party {
  const UpstreamConfig* upstream = nullptr;
  const rpc::EndpointSpec* endpoint = nullptr;  // null: the upstream itself
  std::string provider;
  const Service* service = nullptr;  // null: none that is known
  const Cloud* cloud = nullptr;
  DomainId domain = 0;
};

/// Why two parties fail together whatever their providers are called: "are both Quad9", "have an
/// address in common"; "" if nothing is known.
[[nodiscard]] std::string bond(const Party& one, const Party& other);

/// Is this address the resolver of an AWS VPC beside the party, which is it, too?
[[nodiscard]] bool is_same_vpc_resolver(const Party& party, const IpAddress& address);

class Domains {
 public:
  explicit Domains(const Config& config);

  /// As many as there are; the name is the provider's, or those of all that are one.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

  [[nodiscard]] const std::vector<Party>& parties() const noexcept { return parties_; }

  /// Of this upstream: itself, or its endpoints.
  [[nodiscard]] std::vector<const Party*> parties_of(const UpstreamConfig& upstream) const;
  [[nodiscard]] DomainSet of(const UpstreamConfig& upstream) const;

  /// Whether it can still answer when these domains do not: one of class ens needs as many
  /// endpoints as its mode says (rpc/inquiry.h).
  [[nodiscard]] bool answers_without(const UpstreamConfig& upstream, const DomainSet& lost) const;
  /// The same where these parties are lost.
  [[nodiscard]] bool answers_without(const UpstreamConfig& upstream,
                                     const std::set<const Party*>& lost) const;

 private:
  std::vector<Party> parties_;
  std::vector<std::string> names_;
};

}  // namespace holdfast::audit
