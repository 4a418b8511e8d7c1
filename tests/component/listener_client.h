// A client of listeners in tests: one connected socket that never blocks, and the messages it
// sends.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/endpoint.h"
#include "net/owned_fd.h"
#include "net/socket_address.h"

namespace holdfast::test {

using Message = std::vector<std::uint8_t>;

/// Listeners look at no byte of a message, so these need not be DNS: an id, what to do, and
/// filling.
inline Message query(std::uint16_t id, char what = 'r', std::size_t size = 20) {
  Message message(std::max<std::size_t>(size, 3), 'x');
  message[0] = static_cast<std::uint8_t>(id >> 8U);
  message[1] = static_cast<std::uint8_t>(id);
  message[2] = static_cast<std::uint8_t>(what);
  return message;
}

inline std::uint16_t id_of(const Message& message) {
  return static_cast<std::uint16_t>(message.at(0) << 8U | message.at(1));
}

inline Message framed(const Message& message) {
  Message frame{static_cast<std::uint8_t>(message.size() >> 8U),
                static_cast<std::uint8_t>(message.size())};
  frame.insert(frame.end(), message.begin(), message.end());
  return frame;
}

inline Message operator+(Message a, const Message& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class Client {
 public:
  Client() = default;

  explicit Client(OwnedFd fd) : fd_(std::move(fd)) {}

  [[nodiscard]] int fd() const { return fd_.get(); }

  /// Bytes the kernel took; 0 if the other side has closed.
  std::size_t send(const Message& bytes) const {
    const auto sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }

  /// What has come, empty if nothing; closed() tells why.
  Message receive() {
    Message bytes(70'000);
    const auto got = ::recv(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) closed_ = true;
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }

  /// TCP: the next whole message, if one has come.
  std::optional<Message> frame() {
    for (Message more = receive(); !more.empty(); more = receive())
      stream_ = stream_ + more;
    if (stream_.size() < 2) return std::nullopt;
    const std::size_t size = static_cast<std::size_t>(stream_[0]) << 8U | stream_[1];
    if (stream_.size() < size + 2) return std::nullopt;
    const auto body = stream_.begin() + 2;
    Message message(body, body + static_cast<std::ptrdiff_t>(size));
    stream_.erase(stream_.begin(), body + static_cast<std::ptrdiff_t>(size));
    return message;
  }

  /// The other side has closed, and all it sent before was received.
  [[nodiscard]] bool closed() {
    if (!closed_) stream_ = stream_ + receive();
    return closed_;
  }

  void finish_sending() const { ::shutdown(fd(), SHUT_WR); }

  /// Closes with a reset, as a crashed client's kernel does.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.reset();
  }

  void close() { fd_.reset(); }

 private:
  OwnedFd fd_;
  Message stream_;
  bool closed_ = false;
};

/// A connected client socket of type SOCK_DGRAM or SOCK_STREAM.
inline Client connect_to(const Endpoint& server, int type, int receive_buffer = 0) {
  const SocketAddress address(server);
  OwnedFd fd(::socket(address.family(), type | SOCK_CLOEXEC, 0));
  if (receive_buffer > 0) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  EXPECT_EQ(::connect(fd.get(), address.get(), address.size()), 0) << server.to_string();
  return Client(std::move(fd));
}

}  // namespace holdfast::test
