#include "net/tcp_client.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>

namespace holdfast {
namespace {

// What an idle connection keeps: enough for usual replies, little enough for thousands of clients.
constexpr std::size_t kIdleCapacity = 1024;

/// when + wait, where kForever stays what it is.
TimePoint after(TimePoint when, Duration wait) noexcept {
  return when == kForever ? kForever : when + wait;
}

}  // namespace

bool TcpInput::take(dns::Bytes bytes, TimePoint now, FunctionRef<bool(dns::Bytes)> on_message) {
  bool any = false;
  backlog_ = false;
  const bool sound = framer_.feed(bytes, [&](dns::Bytes message) {
    any = true;
    backlog_ = !on_message(message);
    return !backlog_;
  });
  backlog_ = backlog_ && framer_.in_frame();
  // A frame that waits for us is no fault of the client; one that it is sending has the time from
  // its first byte.
  if (backlog_ || ended_ || !framer_.in_frame()) {
    frame_began_ = kForever;
  } else if (any || frame_began_ == kForever) {
    frame_began_ = now;
  }
  return sound;
}

void TcpInput::end() noexcept {
  ended_ = true;
  frame_began_ = kForever;
}

void TcpInput::abandon() noexcept {
  end();
  backlog_ = false;
}

void TcpOutput::queue(dns::Bytes reply, TimePoint now) {
  if (unsent() == 0) due_since_ = now;
  const auto size = static_cast<std::uint16_t>(reply.size());
  bytes_.push_back(static_cast<std::uint8_t>(size >> 8U));
  bytes_.push_back(static_cast<std::uint8_t>(size & 0xffU));
  bytes_.insert(bytes_.end(), reply.begin(), reply.end());
  if (due_ <= sent_) due_ = bytes_.size();
}

bool TcpOutput::flush(int fd, TimePoint now) noexcept {
  while (unsent() > 0) {
    const auto sent = ::send(fd, bytes_.data() + sent_, unsent(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      sent_ += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      return false;
    }
  }
  if (unsent() == 0) {
    if (bytes_.capacity() > kIdleCapacity) bytes_ = {};
    bytes_.clear();
    sent_ = due_ = 0;
    due_since_ = kForever;
  } else if (sent_ >= due_) {  // what was due is taken; now the rest is
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
    due_ = bytes_.size();
    due_since_ = now;
  }
  return true;
}

bool TcpClient::has_room(const Limits& limits) const noexcept {
  return in_flight < limits.tcp_queries_per_connection && output.unsent() < limits.tcp_unsent_bytes;
}

bool TcpClient::idle() const noexcept {
  return in_flight == 0 && output.unsent() == 0 && !input.has_backlog();
}

bool TcpClient::slow() const noexcept {
  return output.unsent() > 0 || input.frame_began() != kForever;
}

TimePoint TcpClient::deadline(const Limits& limits) const noexcept {
  const TimePoint slow_at = std::min(after(input.frame_began(), limits.tcp_frame),
                                     after(output.due_since(), limits.tcp_frame));
  return idle() ? std::min(slow_at, last_active + limits.tcp_idle) : slow_at;
}

}  // namespace holdfast
