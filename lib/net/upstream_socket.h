// Opening a socket towards an upstream, and what errno means as an Outcome. System calls only; who
// keeps the socket, and for how long, is port_pool.h and tcp_transport.h.
#pragma once

#include <optional>
#include <string>

#include "base/endpoint.h"
#include "base/result.h"
#include "net/owned_fd.h"
#include "upstream/outcome.h"

namespace holdfast {

/// From where and through what a socket goes out; both may be unset.
struct SocketOrigin {
  std::optional<IpAddress> source;
  std::string interface;
};

enum class SocketKind { udp, tcp };

/// A non-blocking socket bound as `origin` says and connected, or (TCP) connecting, to `peer`. The
/// source port is the kernel's random choice. The error is a plain errno.
[[nodiscard]] Result<OwnedFd> open_upstream_socket(SocketKind kind, const Endpoint& peer,
                                                   const SocketOrigin& origin);

/// Which key of the configuration names something this host lacks or may not use, and what, for the
/// end of a line; "" if all is there. Tries it with a socket of its own.
[[nodiscard]] std::string origin_fault(const SocketOrigin& origin);

/// connection_refused, unreachable or closed for what the network says; no_socket for everything
/// that is our own trouble.
[[nodiscard]] Outcome outcome_of(int error) noexcept;

}  // namespace holdfast
