// UpstreamPoller: readiness of many sockets behind one descriptor of the event loop. Sockets
// towards upstreams come and go by the second (each is a source port); here one more is one entry
// of an epoll set, with no coroutine and no Asio object of its own to wind up.
#pragma once

#include <cstdint>
#include <functional>

#include "net/event_loop.h"

namespace holdfast {

/// Owned by one thread; outlives the loop's handlers (EventLoop::drain()).
class UpstreamPoller {
 public:
  /// What a socket may be ready for.
  static constexpr std::uint32_t kReadable = 1, kWritable = 2, kFailed = 4;

  /// Called from the loop with the token of a socket and what it is ready for. A socket closed by
  /// one call may still be named by a later one of the same turn: tokens carry a generation.
  using Ready = std::function<void(std::uint64_t token, std::uint32_t what)>;

  /// std::system_error if the kernel gives no descriptor.
  UpstreamPoller(EventLoop& loop, Ready ready);

  /// Watches fd until it is closed. False if the kernel has no room.
  [[nodiscard]] bool watch(int fd, std::uint64_t token, std::uint32_t what) noexcept;

  /// Changes what a watched fd is watched for.
  void rewatch(int fd, std::uint64_t token, std::uint32_t what) noexcept;

  /// For an fd that somebody else closes later.
  void unwatch(int fd) noexcept;

  /// No calls from now on; the loop lets go of this object when it is drained.
  void close() noexcept;

 private:
  asio::awaitable<void> wait_loop();
  void dispatch();

  Ready ready_;
  asio::posix::stream_descriptor set_;
};

}  // namespace holdfast
