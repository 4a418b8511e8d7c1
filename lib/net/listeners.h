// Listeners: all that one worker listens with, as one thing to start and to stop: its UDP and TCP
// sockets and its TCP connections. Queries go to the handler given; replies that come later come
// back through ClientQuery::sink.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "net/listen_sockets.h"
#include "net/listener_context.h"
#include "net/tcp_clients.h"
#include "net/tcp_listener.h"
#include "net/udp_listener.h"

namespace holdfast {

/// Owned by a worker and used on its thread. Order at the end: stop(), run the loop while
/// pending(), close(), drain the loop, destroy; the loop makes no turn after that.
class Listeners {
 public:
  /// Takes the sockets over. `counters` outlive this object. std::system_error if the kernel cannot
  /// watch them.
  Listeners(EventLoop& loop, WorkerSockets sockets, QueryHandler handler, WorkerCounters& counters,
            const Limits& limits);
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;
  /// Precondition: finished().
  ~Listeners() = default;

  /// Begins to take queries.
  void start();

  /// New limits, for open connections as well. None is closed to come below a new maximum.
  void set_limits(const Limits& limits);
  /// Counts the queries that the kernel had no room for since the last call.
  void count_drops() noexcept;
  /// Takes no more queries; those taken can still be answered.
  void stop() noexcept;
  /// Ends everything at once.
  void close() noexcept;

  /// Queries over UDP and connections over TCP that replies are due to.
  [[nodiscard]] std::size_t pending() const noexcept;
  /// Nothing runs: not started yet, or closed and drained.
  [[nodiscard]] bool finished() const noexcept;

 private:
  ListenerContext context_;
  bool counts_drops_;
  TcpClients clients_;
  std::vector<std::unique_ptr<UdpListener>> udp_;
  std::vector<std::unique_ptr<TcpListener>> tcp_;
};

}  // namespace holdfast
