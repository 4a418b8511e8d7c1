// UdpListener: one UDP socket that clients ask, on one worker. Reads queries in batches, asks the
// handler, sends what is answered at once in one batch, and remembers the way back of what is
// answered later.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/slab.h"
#include "net/asio.h"
#include "net/listener_context.h"
#include "net/owned_fd.h"
#include "net/udp_batch.h"
#include "resolver/client_query.h"

namespace holdfast {

/// Owner: Listeners. Must not be destroyed before finished().
class UdpListener final : public ReplySink {
 public:
  /// `socket` is bound and non-blocking.
  UdpListener(OwnedFd socket, ListenerContext& context);
  UdpListener(const UdpListener&) = delete;
  UdpListener& operator=(const UdpListener&) = delete;
  ~UdpListener() = default;

  /// Begins to read.
  void start();
  /// Reads nothing more; replies that are due can still be sent.
  void stop() noexcept;
  /// stop(), and late replies go nowhere.
  void close() noexcept;

  /// True before start(), and after stop() or close() once the loop has noticed.
  [[nodiscard]] bool finished() const noexcept { return !running_; }

  /// Queries that wait for their reply.
  [[nodiscard]] std::size_t pending() const noexcept {
    return waiting_.size() - (next_ == SlabHandle{} ? 0 : 1);
  }

  /// Counts what the kernel has thrown away since the last call for want of room in the socket.
  void count_drops() noexcept;

  void send_reply(std::uint64_t ticket, dns::Bytes reply) noexcept override;

 private:
  asio::awaitable<void> receive_loop();
  void read_waiting();
  void handle(const UdpReceiveBatch::Datagram& datagram, TimePoint now);

  ListenerContext& context_;
  asio::posix::stream_descriptor socket_;
  Slab<UdpPeer> waiting_;
  SlabHandle next_;          // in waiting_, for the next query that has to wait; none: it is full
  std::uint32_t drops_ = 0;  // as the kernel counts, and wraps
  bool reading_ = false;
  bool running_ = false;
};

}  // namespace holdfast
