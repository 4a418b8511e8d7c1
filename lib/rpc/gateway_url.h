// URLs of contracts' gateways: chosen by whoever owns a name, so nothing in them is to be trusted.
// Judged here, before anything is looked up or fetched; the addresses a host turns out to have are
// judged by may_reach().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/endpoint.h"
#include "ens/gateway_round.h"

namespace holdfast::rpc {

/// Scheme, host and port of a URL.
struct Origin {
  bool tls = true;
  std::string host;  // in lower case; an address as it is printed
  std::uint16_t port = 443;

  friend bool operator==(const Origin&, const Origin&) = default;
};

/// What an operator says of gateways besides ens::GatewayPolicy.
struct GatewayRules {
  bool only_allowed = false;        // others than these are not asked
  std::vector<Origin> allowed;      // whatever the guards would say of them
  std::vector<std::string> denied;  // hosts, and what is below; in lower case
  std::string ca_file;              // "": the system's authorities

  friend bool operator==(const GatewayRules&, const GatewayRules&) = default;
};

struct GatewayPlace {
  Origin origin;
  std::optional<IpAddress> address;  // the host, if it is one
  bool allowed = false;              // its addresses are not judged
};

/// nullopt: no URL of https or http, or one with a user, a fragment, or a host that only some
/// programs would take for one (127.1, 0x7f000001, a single label).
[[nodiscard]] std::optional<GatewayPlace> parse_gateway_url(std::string_view url);

/// Where it leads; or `refused`: no URL that may be fetched (https on its own port and nothing
/// else), or `prohibited`: the operator does not allow the host.
[[nodiscard]] std::variant<GatewayPlace, ens::GatewayReply::Status> judge_gateway(
    std::string_view url, const GatewayRules& rules);

/// May the host of this place be reached at this address? `own`: those of this machine.
[[nodiscard]] bool may_reach(const GatewayPlace& place, const IpAddress& address,
                             const std::vector<IpAddress>& own);

}  // namespace holdfast::rpc
