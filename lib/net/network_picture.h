// NetworkPicture: this host's network as far as holdfast depends on it: the addresses it has, and
// the way the kernel takes to each address that is talked to. Two pictures compared tell whether
// something changed that matters; when to take one is network_watch.h's business.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "base/endpoint.h"
#include "base/result.h"

namespace holdfast {

/// How packets to one destination leave this host.
struct NetworkWay {
  int error = 0;        // errno of the kernel's if there is no way
  int interface = 0;    // its index
  std::string gateway;  // as the kernel has it; empty: on the link
  IpAddress source;     // what packets carry unless bound to another one
  friend bool operator==(const NetworkWay&, const NetworkWay&) = default;
};

struct NetworkPicture {
  std::set<std::pair<int, IpAddress>> addresses;  // by interface
  std::map<IpAddress, NetworkWay> ways;           // by destination
};

/// An address of this host as a netlink message (RTM_NEWADDR, RTM_DELADDR) tells it.
struct AddressNews {
  int interface = 0;
  IpAddress address;
  /// Of use beyond its link, and for good: not link-local, not still being tested for duplicates,
  /// not one of the temporary ones that come and go by the day (RFC 8981).
  bool lasting = false;
};

/// `message` begins with its nlmsghdr. Precondition: it is an address message, and whole.
[[nodiscard]] AddressNews read_address_news(std::span<const char> message);

/// Asks the kernel; a few system calls, none waits for the network. The error is a plain errno.
[[nodiscard]] Result<NetworkPicture> look_at_network(std::span<const IpAddress> destinations);

}  // namespace holdfast
