#include "net/tcp_listener.h"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

#include "net/socket_address.h"

namespace holdfast {
namespace {

// Connections accepted in one go; UDP and timers come in between.
constexpr int kAcceptsInARow = 64;
// Without descriptors or memory the next try fails as well: do not spin.
constexpr auto kPause = std::chrono::milliseconds(100);

/// Errors of the host, rather than of the connection that was to be accepted.
bool out_of_resources(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

bool is_readable(int fd) noexcept {
  pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, 0) > 0;
}

}  // namespace

TcpListener::TcpListener(OwnedFd socket, EventLoop& loop, TcpClients& clients)
    : loop_(loop),
      clients_(clients),
      socket_(loop.context(), socket.release()),
      pause_(loop.context()) {}

void TcpListener::start() {
  accepting_ = true;
  running_ = true;
  asio::co_spawn(loop_.context(), accept_loop(), asio::detached);
}

void TcpListener::stop() noexcept {
  accepting_ = false;
  asio::error_code ignored;
  socket_.close(ignored);
  pause_.expires_at(std::chrono::steady_clock::time_point::min());  // also cancels the wait
}

asio::awaitable<void> TcpListener::accept_loop() {
  while (accepting_) {
    const auto [error] =
        co_await socket_.async_wait(asio::posix::descriptor_base::wait_read, use_result);
    if (error || !accepting_) break;
    if (accept_waiting() != Accepted::out_of_resources) continue;
    clients_.shed_oldest_idle();
    pause_.expires_after(kPause);
    co_await pause_.async_wait(use_result);
  }
  running_ = false;
}

TcpListener::Accepted TcpListener::accept_waiting() {
  for (int i = 0; i < kAcceptsInARow && accepting_; ++i) {
    SocketAddress from;
    socklen_t length = SocketAddress::kCapacity;
    OwnedFd client(
        ::accept4(socket_.native_handle(), from.get(), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client) {
      clients_.add(std::move(client), from.endpoint().address);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return Accepted::all;
    } else if (out_of_resources(errno)) {
      // The kernel looks for a descriptor before it looks for a connection.
      return is_readable(socket_.native_handle()) ? Accepted::out_of_resources : Accepted::all;
    }  // else that connection is broken already (ECONNABORTED and the like): the next one
  }
  return Accepted::some;
}

}  // namespace holdfast
