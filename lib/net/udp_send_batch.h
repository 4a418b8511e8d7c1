// UdpSendBatch: replies that leave together, up to 64 by one sendmmsg, each from the address that
// was asked. Those that one socket of this machine is due, as long as each other, leave as one
// message, which the kernel cuts (UDP_SEGMENT). Fixed buffers, nothing is allocated after
// construction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <sys/socket.h>

#include "base/counters.h"
#include "net/udp_batch.h"

namespace holdfast {

class UdpSendBatch {
 public:
  /// Replies up to this size are collected; no usual one is longer (RFC 9715 3.2: 1,232 bytes).
  static constexpr std::size_t kSlotBytes = 1280;

  /// `failed` counts the replies the kernel did not take.
  explicit UdpSendBatch(Counter& failed);

  /// Copies the reply and remembers to send it; one too long for a slot is sent at once. A full
  /// batch, or one for another socket, is flushed first. `fd` must stay open until flush().
  void add(int fd, const UdpPeer& peer, dns::Bytes reply) noexcept;

  /// Sends what was added; to one client, in order. What the kernel does not take is dropped and
  /// counted: a full buffer means that the network is slower than we are, and clients ask again.
  void flush() noexcept;

  [[nodiscard]] bool empty() const noexcept { return replies_ == 0; }

 private:
  static constexpr std::uint8_t kNone = 0xff;

  struct Reply {
    iovec bytes;
    std::uint8_t next;  // of the same message
  };

  /// Replies to one client, all of one length but perhaps the last, which is shorter.
  struct Message {
    UdpPeer peer;
    std::uint8_t first, last;  // of reply_
    std::uint8_t count;
    bool open;  // it may take more
    alignas(std::size_t) std::array<std::uint8_t, kUdpControl> control;
  };

  [[nodiscard]] bool joins(const Message& message, const UdpPeer& peer,
                           std::size_t size) const noexcept;
  void begin(std::uint8_t& place, const UdpPeer& peer) noexcept;
  void lay_out() noexcept;
  void address(msghdr& header, Message& message, std::span<iovec> parts) noexcept;
  void send_one_by_one(const msghdr& header) noexcept;
  void send_long(int fd, const UdpPeer& peer, dns::Bytes reply) noexcept;

  Counter& failed_;
  int fd_ = -1;
  bool segments_ = true;  // until the kernel says that it cannot
  std::size_t replies_ = 0, messages_ = 0;
  std::size_t end_ = 0;  // of what is used of bytes_: most replies are short, and lie together
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::array<std::uint8_t, kUdpBatch> by_client_;  // the message a client's port leads to
  std::array<Reply, kUdpBatch> reply_;
  std::array<Message, kUdpBatch> message_;
  std::array<iovec, kUdpBatch> parts_;
  std::array<mmsghdr, kUdpBatch> headers_;
};

}  // namespace holdfast
