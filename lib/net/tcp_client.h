// What one client's TCP connection holds: the frame it is in the middle of sending (TcpInput), the
// replies it has not taken (TcpOutput), and by when it must do something. Knows nothing of other
// connections: see tcp_clients.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <vector>

#include "base/endpoint.h"
#include "base/function_ref.h"
#include "base/slab.h"
#include "base/time.h"
#include "base/timer_queue.h"
#include "dns/tcp_framer.h"
#include "net/asio.h"
#include "resolver/snapshot.h"

namespace holdfast {

/// Bytes of the client on their way to whole messages.
class TcpInput {
 public:
  /// Takes bytes off the stream (none: goes on with what is left) and hands out whole messages
  /// until on_message gives false; what is left is the backlog. False: the stream makes no sense.
  [[nodiscard]] bool take(dns::Bytes bytes, TimePoint now,
                          FunctionRef<bool(dns::Bytes)> on_message);
  /// The client sent its last byte: it half-closed (RFC 9293 3.6). Its backlog is still answered.
  void end() noexcept;
  /// Nothing more is wanted, not even the backlog.
  void abandon() noexcept;

  [[nodiscard]] bool ended() const noexcept { return ended_; }

  /// Whole messages may be waiting for take().
  [[nodiscard]] bool has_backlog() const noexcept { return backlog_; }

  /// When the frame that the client is in the middle of began to arrive; kForever if there is none.
  [[nodiscard]] TimePoint frame_began() const noexcept { return frame_began_; }

 private:
  dns::TcpFramer framer_;
  TimePoint frame_began_ = kForever;
  bool ended_ = false;
  bool backlog_ = false;
};

/// Replies on their way to the client.
class TcpOutput {
 public:
  /// Appends a reply behind its length (RFC 1035 4.2.2). flush() sends it.
  void queue(dns::Bytes reply, TimePoint now);
  /// Sends what the kernel takes. False: the connection is broken.
  [[nodiscard]] bool flush(int fd, TimePoint now) noexcept;

  [[nodiscard]] std::size_t unsent() const noexcept { return bytes_.size() - sent_; }

  /// Since when the client owes us the taking of a reply; kForever if nothing is unsent.
  [[nodiscard]] TimePoint due_since() const noexcept { return due_since_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t sent_ = 0;  // of bytes_
  std::size_t due_ = 0;   // of bytes_, the part that was there at due_since_
  TimePoint due_since_ = kForever;
};

using TcpClientOrder = std::list<SlabHandle>;

/// One connection, for TcpClients.
struct TcpClient {
  TcpClient(asio::io_context& loop, const IpAddress& from, TimePoint now)
      : socket(loop), address(from), last_active(now) {}

  /// There is room for another query and its reply.
  [[nodiscard]] bool has_room(const Limits& limits) const noexcept;

  /// More bytes may be read.
  [[nodiscard]] bool wants_input(const Limits& limits) const noexcept {
    return !input.ended() && !input.has_backlog() && has_room(limits);
  }

  /// Nothing is owed to this client; it may be in the middle of a frame.
  [[nodiscard]] bool idle() const noexcept;

  /// Nothing is owed and nothing will come: time to close.
  [[nodiscard]] bool done() const noexcept { return input.ended() && idle(); }

  /// It is slow to send or to read, rather than silent, if it misses its deadline.
  [[nodiscard]] bool slow() const noexcept;
  /// When it will have been silent (tcp_idle) or slow (tcp_frame) for too long; kForever while it
  /// waits for us.
  [[nodiscard]] TimePoint deadline(const Limits& limits) const noexcept;

  asio::posix::stream_descriptor socket;
  IpAddress address;
  TcpInput input;
  TcpOutput output;
  std::size_t in_flight = 0;  // queries whose replies are to come
  TimePoint last_active;      // a whole message came, or a reply went
  TimerId timer;
  TimePoint timer_at = kForever;
  bool awaits_input = false;   // the loop will call when bytes come
  bool awaits_output = false;  // the loop will call when there is room for bytes
  bool awaits_turn = false;    // the loop will call to go on with the backlog
  bool feeding = false;        // inside input.take(): replies are collected
  bool among_idle = true;
  TcpClientOrder::iterator place;  // among the idle or the busy connections
};

}  // namespace holdfast
