// TcpListener: one listening TCP socket of one worker. Accepts connections and hands them to
// TcpClients, which all listeners of the worker share.
#pragma once

#include "net/asio.h"
#include "net/owned_fd.h"
#include "net/tcp_clients.h"

namespace holdfast {

/// Owner: Listeners. Must not be destroyed before finished().
class TcpListener {
 public:
  /// `socket` is listening and non-blocking.
  TcpListener(OwnedFd socket, ListenerContext& context, TcpClients& clients);
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;
  ~TcpListener() = default;

  /// Begins to accept.
  void start();
  /// Accepts nothing more and closes the socket.
  void stop() noexcept;

  /// True before start(), and after stop() once the loop has noticed.
  [[nodiscard]] bool finished() const noexcept { return !running_; }

 private:
  enum class Accepted : std::uint8_t { all, some, out_of_resources };

  asio::awaitable<void> accept_loop();
  Accepted accept_waiting();
  [[nodiscard]] bool take_in(OwnedFd client);

  ListenerContext& context_;
  TcpClients& clients_;
  asio::posix::stream_descriptor socket_;
  asio::steady_timer pause_;
  OwnedFd held_;  // a connection that has to wait for a descriptor it may keep
  bool accepting_ = false;
  bool running_ = false;
};

}  // namespace holdfast
