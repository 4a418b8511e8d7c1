// Domains that belong to a link of this host, a VPN mostly: names in them are the business of the
// servers that the link was given with them. Who tells of them is net/link_domains.h; routes are
// made of them by control/expand_links.h.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "dns/name.h"

namespace holdfast {

/// More links and domains are left out: whoever may make links does not fill our tables.
inline constexpr std::size_t kMostLinkDomains = 32;
inline constexpr std::size_t kMostLinkServers = 4;  // of one link

struct LinkDomain {
  dns::Name zone;
  std::string interface;
  std::vector<IpAddress> servers;  // at least one, in the order to ask

  friend bool operator==(const LinkDomain&, const LinkDomain&) = default;
};

/// What somebody who manages links says of one.
struct LinkNotice {
  struct Domain {
    std::string text;          // "corp.example"; "~corp.example" is for routing only, too
    bool only_routes = false;  // it is not for completing names
  };

  std::string interface;
  std::vector<std::string> servers;  // as they were told; what is no plain address is left out
  std::vector<Domain> domains;
  bool owns_all =
      false;  // a VPN, or a link that is nobody's default: its search domains count, too
};

/// The domains that names are to be routed by, in the order of the notices, each once for a link.
/// Left out: ".", which is the default route of names and the configuration's to give; search
/// domains of ordinary links, which a DHCP server names as it likes; what has no server or no
/// interface.
[[nodiscard]] std::vector<LinkDomain> routing_domains(std::span<const LinkNotice> notices);

}  // namespace holdfast
