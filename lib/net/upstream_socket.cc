#include "net/upstream_socket.h"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>

#include "net/socket_address.h"

namespace holdfast {
namespace {

// Replies that arrive while the thread is busy elsewhere wait here. The kernel clamps it.
constexpr int kReceiveBuffer = 1 << 20;
// What was sent and not acknowledged for so long will not be: no lookup waits longer.
constexpr int kTcpUserTimeoutMs = 5000;

void set(int fd, int level, int option, int value) noexcept {
  // Each of them only helps: a kernel that refuses one still has a usable socket.
  ::setsockopt(fd, level, option, &value, sizeof value);
}

void set_options(int fd, SocketKind kind, bool v4) noexcept {
  if (kind == SocketKind::tcp) {
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kTcpUserTimeoutMs);
    return;
  }
  set(fd, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  // A forged "fragmentation needed" must not shrink the path. Queries are short, so DF costs
  // nothing and spares the kernel an id for each (RFC 9715 3.1).
  if (v4) {
    set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  } else {
    set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
  }
}

int bind_interface(int fd, const SocketOrigin& origin) noexcept {
  if (origin.interface.empty()) return 0;
  const auto size = static_cast<socklen_t>(origin.interface.size());
  const bool bound =
      ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, origin.interface.c_str(), size) == 0;
  return bound ? 0 : errno;
}

int bind_source(int fd, const SocketOrigin& origin) noexcept {
  if (!origin.source) return 0;
  const SocketAddress address(Endpoint{*origin.source, 0});
  return ::bind(fd, address.get(), address.size()) == 0 ? 0 : errno;
}

int bind_origin(int fd, const SocketOrigin& origin) noexcept {
  const int error = bind_interface(fd, origin);
  return error != 0 ? error : bind_source(fd, origin);
}

std::error_code as_error(int error) noexcept {
  return {error, std::generic_category()};
}

}  // namespace

Result<OwnedFd> open_upstream_socket(SocketKind kind, const Endpoint& peer,
                                     const SocketOrigin& origin) {
  const bool v4 = peer.address.is_v4();
  if (origin.source && origin.source->is_v4() != v4) return as_error(EAFNOSUPPORT);
  const int type = kind == SocketKind::udp ? SOCK_DGRAM : SOCK_STREAM;
  OwnedFd fd(::socket(v4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return as_error(errno);
  set_options(fd.get(), kind, v4);
  if (const int error = bind_origin(fd.get(), origin); error != 0) return as_error(error);
  const SocketAddress address(peer);
  if (::connect(fd.get(), address.get(), address.size()) != 0 && errno != EINPROGRESS) {
    return as_error(errno);
  }
  return fd;
}

std::string origin_fault(const SocketOrigin& origin) {
  const bool v6 = origin.source && !origin.source->is_v4();
  const OwnedFd fd(::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return {};
  if (const int error = bind_interface(fd.get(), origin); error != 0) {
    return "`interface` \"" + origin.interface + "\": " +
           (error == ENODEV ? "this host has no such interface" : as_error(error).message());
  }
  if (const int error = bind_source(fd.get(), origin); error != 0) {
    return "`source` " + origin.source->to_string() + ": " +
           (error == EADDRNOTAVAIL ? "this host has no such address" : as_error(error).message());
  }
  return {};
}

Outcome outcome_of(int error) noexcept {
  switch (error) {
    case ECONNREFUSED:
      return Outcome::connection_refused;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case ETIMEDOUT:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case ENODEV:
    case ENOPROTOOPT:
    case EPROTO:
    case EACCES:  // a "prohibit" route
    case EINVAL:  // an address that cannot be reached from the source it is bound to
      return Outcome::unreachable;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
      return Outcome::closed;
    default:
      return Outcome::no_socket;
  }
}

}  // namespace holdfast
