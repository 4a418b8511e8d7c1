// TcpClients: all TCP connections of one worker, whatever socket they came through. Serves them as
// RFC 7766 asks (pipelining, answers in any order, idle connections kept a while) within limits on
// their number, their queries, their unread replies and their slowness.
//
// Callbacks rather than a coroutine per connection: reading pauses and goes on for many reasons,
// and a handle says whether a connection still exists when the loop calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "base/slab.h"
#include "base/timer_queue.h"
#include "net/listener_context.h"
#include "net/owned_fd.h"
#include "net/tcp_client.h"
#include "resolver/client_query.h"

namespace holdfast {

/// Owner: Listeners. Must not be destroyed before finished().
class TcpClients final : public ReplySink, private TimerClient {
 public:
  explicit TcpClients(ListenerContext& context);
  TcpClients(const TcpClients&) = delete;
  TcpClients& operator=(const TcpClients&) = delete;
  ~TcpClients() = default;

  /// Serves an accepted connection, or closes it at once if that would exceed a limit. With all
  /// places taken the connection that has been idle longest makes room.
  void add(OwnedFd socket, const IpAddress& from);
  /// Closes the connection that has been idle longest; false: none has been idle so long.
  bool shed_oldest_idle(Duration at_least = {}) noexcept;

  /// The limits in force are others than they were: deadlines may be nearer, room may be wider.
  void limits_changed();

  /// Reads nothing more. Connections end as soon as the replies due to them are sent.
  void stop() noexcept;
  /// Ends all connections at once; late replies go nowhere.
  void close() noexcept;

  /// No connection is left, and the loop holds no call to this object.
  [[nodiscard]] bool finished() const noexcept { return clients_.size() == 0 && calls_ == 0; }

  [[nodiscard]] std::size_t size() const noexcept { return clients_.size(); }

  /// Connections to which replies are due.
  [[nodiscard]] std::size_t busy() const noexcept { return clients_.size() - idle_.size(); }

  /// A ticket names the connection: which of its queries is answered, the reply itself says.
  void send_reply(std::uint64_t ticket, dns::Bytes reply) noexcept override;

 private:
  enum class Ending : std::uint8_t { orderly, abrupt };

  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  void on_input(SlabHandle handle);
  void take(SlabHandle handle, TcpClient& client, dns::Bytes bytes, TimePoint now);
  void answer(SlabHandle handle, TcpClient& client, dns::Bytes message, TimePoint now);
  void settle(SlabHandle handle, TcpClient& client, TimePoint now);
  void await_what_is_next(SlabHandle handle, TcpClient& client);
  void watch_deadline(SlabHandle handle, TcpClient& client);
  void keep_in_order(TcpClient& client);
  void remove(SlabHandle handle, Ending ending = Ending::orderly) noexcept;
  [[nodiscard]] bool admits(const IpAddress& address) noexcept;
  void forget_address(const IpAddress& address) noexcept;

  ListenerContext& context_;
  Slab<TcpClient> clients_;
  TcpClientOrder idle_;  // the one that has been idle longest in front
  TcpClientOrder busy_;
  std::map<IpAddress, std::size_t> per_address_;  // without loopback
  std::size_t calls_ = 0;                         // that the loop holds to this object
  bool stopped_ = false;
};

}  // namespace holdfast
