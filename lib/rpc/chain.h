// Chain: what an upstream of class ens is made of: a chain, the endpoints that speak JSON-RPC for
// it, whom of them to believe, and the bridge from its contracts to the DNS. Values, immutable
// while they are used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "ens/bridge.h"
#include "rpc/gateway_url.h"

namespace holdfast::rpc {

/// How many must say the same.
enum class Mode : std::uint8_t {
  first,    // one is believed, whoever answers
  quorum,   // so many, trusted or not
  trusted,  // one that is trusted; or, if none of these answers, as many as the quorum
};

/// Which block is an endpoint's newest. The later two cannot be reorganised, and are minutes old.
enum class Finality : std::uint8_t {
  latest,
  safe,
  finalized,
};

inline constexpr std::size_t kMostEndpoints = 16;

/// One server that speaks JSON-RPC over HTTP.
struct EndpointSpec {
  std::string provider;  // what logs and metrics call it
  std::string url;       // with "{secret}" where its secret belongs, if in the url at all
  std::string host;      // of the url; an address without brackets
  std::uint16_t port = 443;
  std::vector<IpAddress> addresses;  // of the host; empty: the bootstrap servers know it
  std::string ca_file;               // "": the system's authorities
  std::string secret_file;           // at most one of these two, or neither
  std::string secret_env;
  std::string secret;  // what was read there: never in a log, a status or a metric
  unsigned weight = 1;
  bool trusted = false;

  friend bool operator==(const EndpointSpec&, const EndpointSpec&) = default;
};

struct Chain {
  std::uint64_t id = 1;
  Mode mode = Mode::first;
  unsigned quorum = 1;
  Finality finality = Finality::latest;
  Duration max_head_age = 3min;  // an endpoint whose newest block is older is not ready; 0: any
  std::vector<EndpointSpec> endpoints;
  ens::Bridge bridge;
  GatewayRules gateways;
  std::vector<Endpoint> host_servers;  // who knows where gateways are

  /// Are all endpoints, who else is asked, and how answers are made of it, the same?
  [[nodiscard]] bool same_endpoints(const Chain& other) const;
  /// What tells it from others: the chain, its contracts, its endpoints' urls. For comparing, and
  /// for nobody's eyes: many providers' keys stand in their urls.
  [[nodiscard]] std::string identity() const;

  /// The same number for all endpoints of one provider.
  [[nodiscard]] std::size_t provider_of(std::size_t endpoint) const noexcept;

  /// What an endpoint is called wherever it is shown: its provider, with a number behind it from
  /// the provider's second one on. Never its url.
  [[nodiscard]] std::string name_of(std::size_t endpoint) const;
};

/// Where this endpoint is posted to. Holds the secret if the url does: for nobody's eyes.
[[nodiscard]] std::string secret_url(const EndpointSpec& endpoint);
/// The header that carries the secret; "" if the url does, or there is none.
[[nodiscard]] std::string secret_header(const EndpointSpec& endpoint);

/// What an endpoint said, for a log: without its secret, and without the parts of its url behind
/// the host, where others keep theirs.
[[nodiscard]] std::string without_secrets(std::string text, const EndpointSpec& endpoint);

/// Where the secret stands in a url.
inline constexpr std::string_view kSecretMark = "{secret}";

[[nodiscard]] const char* to_string(Mode mode) noexcept;
/// As endpoints are asked for it.
[[nodiscard]] const char* to_string(Finality finality) noexcept;

}  // namespace holdfast::rpc
