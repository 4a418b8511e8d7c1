#include "rpc/public_address.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace holdfast::rpc {
namespace {

using Prefixes = std::vector<IpPrefix>;

template <std::size_t N>
Prefixes prefixes(const std::array<std::string_view, N>& texts) {
  Prefixes out;
  for (const std::string_view text : texts)
    out.push_back(parse_prefix(text).value());
  return out;
}

bool in_one_of(const Prefixes& blocks, const IpAddress& address) {
  return std::ranges::any_of(blocks,
                             [&address](const IpPrefix& block) { return block.contains(address); });
}

bool is_public_v4(const IpAddress& address) {
  static const Prefixes special = prefixes(std::to_array<std::string_view>({
      "0.0.0.0/8",        // this network
      "10.0.0.0/8",       // private
      "100.64.0.0/10",    // carriers' NAT
      "127.0.0.0/8",      // loopback
      "169.254.0.0/16",   // link-local: clouds' metadata
      "172.16.0.0/12",    // private
      "192.0.0.0/24",     // protocol assignments
      "192.0.2.0/24",     // documentation
      "192.31.196.0/24",  // AS112
      "192.52.193.0/24",  // AMT
      "192.88.99.0/24",   // 6to4 relays
      "192.168.0.0/16",   // private
      "192.175.48.0/24",  // AS112
      "198.18.0.0/15",    // benchmarks
      "198.51.100.0/24",  // documentation
      "203.0.113.0/24",   // documentation
      "224.0.0.0/3",      // multicast, reserved, broadcast
  }));
  // A cloud's resolver and agent, public only by its looks.
  static const IpAddress azure = parse_ip("168.63.129.16").value();
  return address != azure && !in_one_of(special, address);
}

bool is_public_v6(const IpAddress& address) {
  static const Prefixes unicast = prefixes(std::to_array<std::string_view>({"2000::/3"}));
  static const Prefixes special = prefixes(std::to_array<std::string_view>({
      "2001::/23",          // protocol assignments, Teredo among them
      "2001:db8::/32",      // documentation
      "2002::/16",          // 6to4
      "2620:4f:8000::/48",  // AS112
      "3fff::/20",          // documentation
  }));
  return in_one_of(unicast, address) && !in_one_of(special, address);
}

}  // namespace

bool is_public(const IpAddress& address) {
  if (address.scope != 0) return false;
  return address.is_v4() ? is_public_v4(address) : is_public_v6(address);
}

}  // namespace holdfast::rpc
