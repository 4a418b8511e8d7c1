// Batches of datagrams: up to 64 read by one recvmmsg, up to 64 sent by one sendmmsg, each with the
// address it was sent to, so that a reply leaves from where it was expected. Fixed buffers, nothing
// is allocated after construction. What the datagrams mean is udp_listener's business.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <sys/socket.h>

#include "base/cache_line.h"
#include "base/counters.h"
#include "dns/wire_reader.h"
#include "net/socket_address.h"

namespace holdfast {

/// The way back of a reply.
struct UdpPeer {
  SocketAddress client;
  IpAddress asked;  // ours, which the client sent to; unspecified: the socket knows
};

inline constexpr std::size_t kUdpBatch = 64;
/// Room for one IP_PKTINFO or IPV6_PKTINFO message (40 bytes), aligned for the kernel.
inline constexpr std::size_t kUdpControl = 64;

class UdpReceiveBatch {
 public:
  /// The longest query taken; longer datagrams are marked as cut.
  static constexpr std::size_t kSlotBytes = 4096;

  struct Datagram {
    dns::Bytes bytes;  // valid until the next receive()
    bool cut = false;  // it was longer than a slot
    UdpPeer peer;
  };

  UdpReceiveBatch();

  /// Reads what is waiting, at most kUdpBatch datagrams; how many. 0: nothing was there.
  [[nodiscard]] std::size_t receive(int fd) noexcept;

  /// Precondition: index < what receive() gave last.
  [[nodiscard]] Datagram at(std::size_t index) const noexcept;

 private:
  struct Slot {
    SocketAddress client;
    iovec room;
    alignas(std::size_t) std::array<std::uint8_t, kUdpControl> control;
  };

  /// Of slots: begun at a multiple of a page, all would fight for the same few lines of the CPU's
  /// cache.
  static constexpr std::size_t kSlotStride = kSlotBytes + kCacheLine;

  void prepare(std::size_t index) noexcept;

  std::size_t got_ = 0;
  std::unique_ptr<std::uint8_t[]> bytes_;  // untouched pages of it cost nothing
  std::array<Slot, kUdpBatch> slots_;
  std::array<mmsghdr, kUdpBatch> headers_;
};

class UdpSendBatch {
 public:
  /// Replies up to this size are collected; no usual one is longer (RFC 9715 3.2: 1,232 bytes).
  static constexpr std::size_t kSlotBytes = 1280;

  /// `failed` counts the replies the kernel did not take.
  explicit UdpSendBatch(Counter& failed);

  /// Copies the reply and remembers to send it; one too long for a slot is sent at once. A full
  /// batch, or one for another socket, is flushed first. `fd` must stay open until flush().
  void add(int fd, const UdpPeer& peer, dns::Bytes reply) noexcept;

  /// Sends what was added, in order. What the kernel does not take is dropped and counted: a full
  /// buffer means that the network is slower than we are, and clients ask again.
  void flush() noexcept;

  [[nodiscard]] bool empty() const noexcept { return used_ == 0; }

 private:
  struct Slot {
    UdpPeer peer;
    iovec room;
    alignas(std::size_t) std::array<std::uint8_t, kUdpControl> control;
  };

  void address(msghdr& header, Slot& slot, dns::Bytes reply) noexcept;
  void send_long(int fd, const UdpPeer& peer, dns::Bytes reply) noexcept;

  Counter& failed_;
  int fd_ = -1;
  std::size_t used_ = 0;
  std::size_t end_ = 0;  // of what is used of bytes_: most replies are short, and lie together
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::array<Slot, kUdpBatch> slots_;
  std::array<mmsghdr, kUdpBatch> headers_;
};

}  // namespace holdfast
