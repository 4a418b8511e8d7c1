#include "net/upstream_connection.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>

#include "dns/header.h"
#include "net/upstream_socket.h"

namespace holdfast {
namespace {

bool would_block(int error) noexcept {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/// On a connection of ours that stood, whatever goes wrong means that it is gone.
Outcome broken_by(int error) noexcept {
  const Outcome outcome = outcome_of(error);
  return outcome == Outcome::unreachable ? outcome : Outcome::closed;
}

}  // namespace

void UpstreamConnection::queue(dns::Bytes query) {
  std::array<std::uint8_t, 2> length{};
  dns::write_frame_length(length, query.size());
  out_.insert(out_.end(), length.begin(), length.end());
  out_.insert(out_.end(), query.begin(), query.end());
}

std::optional<Outcome> UpstreamConnection::flush() noexcept {
  if (connecting_) return std::nullopt;
  while (has_unsent()) {
    const auto n = ::send(fd(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (n < 0) {
      if (would_block(errno)) return std::nullopt;
      return broken_by(errno);
    }
    sent_ += static_cast<std::size_t>(n);
  }
  out_.clear();
  sent_ = 0;
  return std::nullopt;
}

std::optional<Outcome> UpstreamConnection::on_writable() noexcept {
  if (connecting_) {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return outcome_of(error);
    connecting_ = false;
  }
  return flush();
}

std::optional<Outcome> UpstreamConnection::read(std::span<std::uint8_t> buffer,
                                                FunctionRef<bool(dns::Bytes)> on_message) {
  const auto n = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0) {
    if (would_block(errno)) return std::nullopt;
    return broken_by(errno);
  }
  if (n == 0) return Outcome::closed;
  bool makes_sense = true;
  const auto on_frame = [&](dns::Bytes frame) {
    makes_sense = frame.size() >= dns::kHeaderBytes && on_message(frame);
    return makes_sense;
  };
  const bool framed = framer_.feed(buffer.first(static_cast<std::size_t>(n)), on_frame);
  if (!framed || !makes_sense) return Outcome::malformed;
  return std::nullopt;
}

}  // namespace holdfast
