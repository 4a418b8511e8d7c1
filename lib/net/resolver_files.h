// Files that tell a host who its network's resolvers are: resolv.conf(5), and the leases of DHCP
// clients. Text in, addresses out, in the order of the file; what is no address (or one that needs
// an interface, as fe80::1%eth0) is passed over.
#pragma once

#include <string_view>
#include <vector>

#include "base/endpoint.h"

namespace holdfast {

enum class ResolverFile {
  resolv_conf,     // "nameserver 192.0.2.53"
  networkd_lease,  // "DNS=192.0.2.53 192.0.2.54", of systemd-networkd
  dhclient_lease,  // "option domain-name-servers 192.0.2.53, 192.0.2.54;", the last lease counts
};

[[nodiscard]] std::vector<IpAddress> read_resolvers(std::string_view text, ResolverFile kind);

}  // namespace holdfast
