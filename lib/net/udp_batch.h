// UdpReceiveBatch: up to 64 datagrams read by one recvmmsg, each with the address it was sent to,
// so that a reply leaves from where it was expected. Fixed buffers, nothing is allocated after
// construction. What the datagrams mean is udp_listener's business; udp_send_batch.h has the
// replies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <sys/socket.h>

#include "base/cache_line.h"
#include "dns/wire_reader.h"
#include "net/socket_address.h"

namespace holdfast {

/// The way back of a reply.
struct UdpPeer {
  SocketAddress client;
  IpAddress asked;  // ours, which the client sent to; unspecified: the socket knows

  friend bool operator==(const UdpPeer&, const UdpPeer&) = default;
};

inline constexpr std::size_t kUdpBatch = 64;
/// Room for one IP_PKTINFO or IPV6_PKTINFO message (40 bytes) and one UDP_SEGMENT message (24),
/// aligned for the kernel.
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

  static constexpr std::size_t kSlotStride = spread(kSlotBytes);

  void prepare(std::size_t index) noexcept;

  std::size_t got_ = 0;
  std::unique_ptr<std::uint8_t[]> bytes_;  // untouched pages of it cost nothing
  std::array<Slot, kUdpBatch> slots_;
  std::array<mmsghdr, kUdpBatch> headers_;
};

}  // namespace holdfast
