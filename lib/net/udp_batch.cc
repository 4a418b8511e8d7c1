#include "net/udp_batch.h"

#include <cstring>
#include <netinet/in.h>

namespace holdfast {
namespace {

bool is_link_local(const in6_addr& address) noexcept {
  return IN6_IS_ADDR_LINKLOCAL(&address);
}

/// The address a datagram was sent to; unspecified if the kernel did not say.
IpAddress asked_address(const msghdr& header) noexcept {
  // CMSG_NXTHDR wants a header that is not const; nothing is written.
  msghdr walk = header;
  IpAddress asked;
  for (cmsghdr* c = CMSG_FIRSTHDR(&walk); c != nullptr; c = CMSG_NXTHDR(&walk, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      in_pktinfo found{};
      std::memcpy(&found, CMSG_DATA(c), sizeof found);
      // Not ipi_addr: that may be a broadcast address.
      std::memcpy(asked.bytes.data(), &found.ipi_spec_dst, sizeof found.ipi_spec_dst);
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo found{};
      std::memcpy(&found, CMSG_DATA(c), sizeof found);
      if (IN6_IS_ADDR_MULTICAST(&found.ipi6_addr)) continue;
      asked.family = IpAddress::Family::v6;
      std::memcpy(asked.bytes.data(), &found.ipi6_addr, sizeof found.ipi6_addr);
      // Elsewhere the routing table knows the way back better than the way here does.
      if (is_link_local(found.ipi6_addr)) asked.scope = found.ipi6_ifindex;
    }
  }
  return asked;
}

}  // namespace

UdpReceiveBatch::UdpReceiveBatch()
    : bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(kUdpBatch * kSlotStride)) {
  for (std::size_t i = 0; i < kUdpBatch; ++i) {
    slots_[i].room = {&bytes_[i * kSlotStride], kSlotBytes};
    headers_[i] = {};
    headers_[i].msg_hdr.msg_iov = &slots_[i].room;
    headers_[i].msg_hdr.msg_iovlen = 1;
    headers_[i].msg_hdr.msg_name = slots_[i].client.get();
    headers_[i].msg_hdr.msg_control = slots_[i].control.data();
    prepare(i);
  }
}

void UdpReceiveBatch::prepare(std::size_t index) noexcept {
  msghdr& header = headers_[index].msg_hdr;
  header.msg_namelen = SocketAddress::kCapacity;
  header.msg_controllen = kUdpControl;
  header.msg_flags = 0;
}

std::size_t UdpReceiveBatch::receive(int fd) noexcept {
  for (std::size_t i = 0; i < got_; ++i)
    prepare(i);
  const int got = ::recvmmsg(fd, headers_.data(), kUdpBatch, MSG_DONTWAIT, nullptr);
  got_ = got > 0 ? static_cast<std::size_t>(got) : 0;
  return got_;
}

UdpReceiveBatch::Datagram UdpReceiveBatch::at(std::size_t index) const noexcept {
  const msghdr& header = headers_[index].msg_hdr;
  Datagram datagram;
  datagram.bytes = dns::Bytes(&bytes_[index * kSlotStride], headers_[index].msg_len);
  datagram.cut = (header.msg_flags & MSG_TRUNC) != 0;
  datagram.peer.client = slots_[index].client;
  datagram.peer.asked = asked_address(header);
  return datagram;
}

}  // namespace holdfast
