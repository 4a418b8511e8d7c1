#include "net/socket_address.h"

#include <cstring>

namespace holdfast {

in_addr to_in4(const IpAddress& address) noexcept {
  in_addr raw{};
  std::memcpy(&raw, address.bytes.data(), sizeof raw);
  return raw;
}

in6_addr to_in6(const IpAddress& address) noexcept {
  in6_addr raw{};
  std::memcpy(&raw, address.bytes.data(), sizeof raw);
  return raw;
}

SocketAddress::SocketAddress(const Endpoint& endpoint) noexcept : storage_{} {
  if (endpoint.address.is_v4()) {
    storage_.v4 = {};
    storage_.v4.sin_family = AF_INET;
    storage_.v4.sin_port = htons(endpoint.port);
    storage_.v4.sin_addr = to_in4(endpoint.address);
  } else {
    storage_.v6 = {};
    storage_.v6.sin6_family = AF_INET6;
    storage_.v6.sin6_port = htons(endpoint.port);
    storage_.v6.sin6_addr = to_in6(endpoint.address);
    storage_.v6.sin6_scope_id = endpoint.address.scope;
  }
}

SocketAddress SocketAddress::local(int fd) noexcept {
  // A Unix socket's address is longer than ours: it is cut, and its family says that it is foreign.
  SocketAddress address;
  socklen_t length = kCapacity;
  if (::getsockname(fd, address.get(), &length) != 0) return {};
  return address;
}

Endpoint SocketAddress::endpoint() const noexcept {
  Endpoint endpoint;
  endpoint.port = port();
  if (family() == AF_INET) {
    std::memcpy(endpoint.address.bytes.data(), &storage_.v4.sin_addr, sizeof(in_addr));
  } else if (family() == AF_INET6) {
    endpoint.address.family = IpAddress::Family::v6;
    endpoint.address.scope = storage_.v6.sin6_scope_id;
    std::memcpy(endpoint.address.bytes.data(), &storage_.v6.sin6_addr, sizeof(in6_addr));
  }
  return endpoint;
}

bool SocketAddress::is_loopback() const noexcept {
  if (family() == AF_INET) return ntohl(storage_.v4.sin_addr.s_addr) >> IN_CLASSA_NSHIFT == 127U;
  return family() == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&storage_.v6.sin6_addr) != 0;
}

bool operator==(const SocketAddress& a, const SocketAddress& b) noexcept {
  if (a.family() != b.family() || a.port() != b.port()) return false;
  if (a.family() == AF_INET) {
    return a.storage_.v4.sin_addr.s_addr == b.storage_.v4.sin_addr.s_addr;
  }
  return a.family() != AF_INET6 ||
         (IN6_ARE_ADDR_EQUAL(&a.storage_.v6.sin6_addr, &b.storage_.v6.sin6_addr) &&
          a.storage_.v6.sin6_scope_id == b.storage_.v6.sin6_scope_id);
}

socklen_t SocketAddress::size() const noexcept {
  switch (family()) {
    case AF_INET:
      return sizeof(sockaddr_in);
    case AF_INET6:
      return sizeof(sockaddr_in6);
    default:
      return 0;
  }
}

}  // namespace holdfast
