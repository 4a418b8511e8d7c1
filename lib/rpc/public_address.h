// Which addresses a stranger may send us to.
#pragma once

#include "base/endpoint.h"

namespace holdfast::rpc {

/// A unicast address of the public Internet: none that the registries of special-purpose addresses
/// (RFC 6890, IANA) keep from being globally reachable, and none that is another one in disguise
/// (mapped, NAT64, 6to4, Teredo): there the address within would have to be judged, too, and no
/// server is found by such a one.
[[nodiscard]] bool is_public(const IpAddress& address);

}  // namespace holdfast::rpc
