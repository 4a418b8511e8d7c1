// SocketAddress: an Endpoint in the form the kernel wants it, in 28 bytes. The only place that
// knows struct sockaddr_in and sockaddr_in6.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/endpoint.h"

namespace holdfast {

class SocketAddress {
 public:
  /// Names nothing: family AF_UNSPEC.
  SocketAddress() noexcept : storage_{} {}

  explicit SocketAddress(const Endpoint& endpoint) noexcept;

  /// The local address of a socket; AF_UNSPEC if it has none or is no IP socket.
  [[nodiscard]] static SocketAddress local(int fd) noexcept;

  /// The address and port; 0.0.0.0:0 for families other than IPv4 and IPv6.
  [[nodiscard]] Endpoint endpoint() const noexcept;

  /// 0 for families other than IPv4 and IPv6.
  [[nodiscard]] std::uint16_t port() const noexcept {
    if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
    return family() == AF_INET6 ? ntohs(storage_.v6.sin6_port) : std::uint16_t{0};
  }

  /// 127.0.0.0/8 or ::1.
  [[nodiscard]] bool is_loopback() const noexcept;

  /// The same family, address, port and scope.
  friend bool operator==(const SocketAddress& a, const SocketAddress& b) noexcept;

  [[nodiscard]] sa_family_t family() const noexcept { return storage_.any.sa_family; }

  [[nodiscard]] sockaddr* get() noexcept { return &storage_.any; }

  [[nodiscard]] const sockaddr* get() const noexcept { return &storage_.any; }

  /// The length of the family's address; 0 for families other than IPv4 and IPv6.
  [[nodiscard]] socklen_t size() const noexcept;
  /// The room get() offers, for calls that fill it in.
  static constexpr socklen_t kCapacity = sizeof(sockaddr_in6);

 private:
  union Storage {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };

  static_assert(sizeof(Storage) == kCapacity);

  Storage storage_;
};

/// An IPv6 address as the kernel knows it. Precondition: address is IPv6.
[[nodiscard]] in6_addr to_in6(const IpAddress& address) noexcept;
/// An IPv4 address as the kernel knows it. Precondition: address is IPv4.
[[nodiscard]] in_addr to_in4(const IpAddress& address) noexcept;

}  // namespace holdfast
