#include "net/udp_batch.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <span>

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

/// Makes `content` the header's one control message. Precondition: there is room for it.
template <typename PacketInfo>
void put_control(msghdr& header, int level, int type, const PacketInfo& content) noexcept {
  header.msg_controllen = CMSG_SPACE(sizeof content);
  cmsghdr* c = CMSG_FIRSTHDR(&header);
  c->cmsg_level = level;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN(sizeof content);
  std::memcpy(CMSG_DATA(c), &content, sizeof content);
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

UdpSendBatch::UdpSendBatch(Counter& failed)
    : failed_(failed),
      bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(kUdpBatch * kSlotBytes)) {}

void UdpSendBatch::address(msghdr& header, Slot& slot, dns::Bytes reply) noexcept {
  // The kernel only reads what an iovec of a sent message points to.
  slot.room = {const_cast<std::uint8_t*>(reply.data()), reply.size()};
  header = {};
  header.msg_name = slot.peer.client.get();
  header.msg_namelen = slot.peer.client.size();
  header.msg_iov = &slot.room;
  header.msg_iovlen = 1;
  const IpAddress& asked = slot.peer.asked;
  if (asked.is_unspecified()) return;
  slot.control.fill(0);
  header.msg_control = slot.control.data();
  if (asked.is_v4()) {
    in_pktinfo from{};
    from.ipi_spec_dst = to_in4(asked);
    put_control(header, IPPROTO_IP, IP_PKTINFO, from);
  } else {
    in6_pktinfo from{};
    from.ipi6_addr = to_in6(asked);
    from.ipi6_ifindex = asked.scope;
    put_control(header, IPPROTO_IPV6, IPV6_PKTINFO, from);
  }
}

void UdpSendBatch::add(int fd, const UdpPeer& peer, dns::Bytes reply) noexcept {
  if (reply.size() > kSlotBytes) {
    send_long(fd, peer, reply);
    return;
  }
  if (used_ == kUdpBatch || fd != fd_) flush();
  fd_ = fd;
  Slot& slot = slots_[used_];
  slot.peer = peer;
  if (used_ == 0) end_ = 0;
  std::uint8_t* copy = &bytes_[end_];
  std::copy(reply.begin(), reply.end(), copy);
  address(headers_[used_].msg_hdr, slot, dns::Bytes(copy, reply.size()));
  end_ += (reply.size() + kCacheLine - 1) / kCacheLine * kCacheLine;
  ++used_;
}

void UdpSendBatch::flush() noexcept {
  std::span<mmsghdr> rest(headers_.data(), used_);
  used_ = 0;
  while (!rest.empty()) {
    const auto count = static_cast<unsigned>(rest.size());
    const int sent = ::sendmmsg(fd_, rest.data(), count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      rest = rest.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      failed_.add(rest.size());
      return;
    } else if (errno != EINTR) {  // an error of the first one; the others may fare better
      failed_.add();
      rest = rest.subspan(1);
    }
  }
}

void UdpSendBatch::send_long(int fd, const UdpPeer& peer, dns::Bytes reply) noexcept {
  Slot slot;
  slot.peer = peer;
  msghdr header;
  address(header, slot, reply);
  if (::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) failed_.add();
}

}  // namespace holdfast
