#include "net/tcp_listener.h"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "net/descriptor_room.h"
#include "net/socket_address.h"

namespace holdfast {
namespace {

// Connections accepted in one go; UDP and timers come in between.
constexpr int kAcceptsInARow = 64;
// Without descriptors or memory the next try fails as well: do not spin.
constexpr auto kPause = std::chrono::milliseconds(100);
// What gives its descriptor up has had its chance to ask: time for a turn of the loop and a little.
constexpr Duration kRest = 10ms;

/// Errors of the host, rather than of the connection that was to be accepted.
bool out_of_resources(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

bool is_readable(int fd) noexcept {
  pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, 0) > 0;
}

}  // namespace

TcpListener::TcpListener(OwnedFd socket, ListenerContext& context, TcpClients& clients)
    : context_(context),
      clients_(clients),
      socket_(context.loop.context(), socket.release()),
      pause_(context.loop.context()) {}

void TcpListener::start() {
  accepting_ = true;
  running_ = true;
  asio::co_spawn(context_.loop.context(), accept_loop(), asio::detached);
}

void TcpListener::stop() noexcept {
  accepting_ = false;
  held_.reset();
  asio::error_code ignored;
  socket_.close(ignored);
  pause_.expires_at(std::chrono::steady_clock::time_point::min());  // also cancels the wait
}

asio::awaitable<void> TcpListener::accept_loop() {
  while (accepting_) {
    if (!held_) {
      const auto [error] =
          co_await socket_.async_wait(asio::posix::descriptor_base::wait_read, use_result);
      if (error || !accepting_) break;
    }
    if (accept_waiting() != Accepted::out_of_resources) continue;
    context_.counters.clients_without_descriptor.add();
    if (!held_) clients_.shed_oldest_idle();
    pause_.expires_after(held_ ? kRest : kPause);
    co_await pause_.async_wait(use_result);
  }
  running_ = false;
}

TcpListener::Accepted TcpListener::accept_waiting() {
  if (held_ && !take_in(std::move(held_))) return Accepted::out_of_resources;
  for (int i = 0; i < kAcceptsInARow && accepting_; ++i) {
    OwnedFd client(
        ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client) {
      if (!take_in(std::move(client))) return Accepted::out_of_resources;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return Accepted::all;
    } else if (out_of_resources(errno)) {
      // The kernel looks for a descriptor before it looks for a connection.
      return is_readable(socket_.native_handle()) ? Accepted::out_of_resources : Accepted::all;
    }  // else that connection is broken already (ECONNABORTED and the like): the next one
  }
  return Accepted::some;
}

/// False: its descriptor is one of the last and nobody makes room; it is held until somebody does.
/// One client every worker can serve whatever the others hold.
bool TcpListener::take_in(OwnedFd client) {
  if (is_reserved(client.get(), DescriptorUse::client) && clients_.size() != 0) {
    const bool made_room = clients_.shed_oldest_idle(kRest);
    OwnedFd lower(made_room ? ::fcntl(client.get(), F_DUPFD_CLOEXEC, 0) : -1);
    if (!lower || is_reserved(lower.get(), DescriptorUse::client)) {
      held_ = std::move(client);
      return false;
    }
    client = std::move(lower);
  }
  SocketAddress from;
  socklen_t length = SocketAddress::kCapacity;
  if (::getpeername(client.get(), from.get(), &length) != 0) return true;  // gone already
  clients_.add(std::move(client), from.endpoint().address);
  return true;
}

}  // namespace holdfast
