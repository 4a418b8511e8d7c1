#include "net/udp_send_batch.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/udp.h>

#include "base/cache_line.h"

namespace holdfast {
namespace {

// A datagram of IPv4 holds 65,507 bytes, and a cut one no more before it is cut.
constexpr std::size_t kMostBytesOfMessage = 65'000;

/// Appends a control message. Precondition: there is room for it.
template <typename Content>
void add_control(msghdr& header, int level, int type, const Content& content) noexcept {
  auto* const room = static_cast<std::uint8_t*>(header.msg_control) + header.msg_controllen;
  auto* const c = reinterpret_cast<cmsghdr*>(room);
  c->cmsg_level = level;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN(sizeof content);
  std::memcpy(CMSG_DATA(c), &content, sizeof content);
  header.msg_controllen += CMSG_SPACE(sizeof content);
}

void add_source(msghdr& header, const IpAddress& asked) noexcept {
  if (asked.is_v4()) {
    in_pktinfo from{};
    from.ipi_spec_dst = to_in4(asked);
    add_control(header, IPPROTO_IP, IP_PKTINFO, from);
  } else {
    in6_pktinfo from{};
    from.ipi6_addr = to_in6(asked);
    from.ipi6_ifindex = asked.scope;
    add_control(header, IPPROTO_IPV6, IPV6_PKTINFO, from);
  }
}

}  // namespace

UdpSendBatch::UdpSendBatch(Counter& failed)
    : failed_(failed),
      bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(kUdpBatch * kSlotBytes)) {
  by_client_.fill(kNone);
}

void UdpSendBatch::add(int fd, const UdpPeer& peer, dns::Bytes reply) noexcept {
  if (reply.size() > kSlotBytes) {
    send_long(fd, peer, reply);
    return;
  }
  if (replies_ == kUdpBatch || fd != fd_) flush();
  fd_ = fd;
  std::uint8_t* const copy = &bytes_[end_];
  std::copy(reply.begin(), reply.end(), copy);
  end_ += (reply.size() + kCacheLine - 1) / kCacheLine * kCacheLine;
  const auto index = static_cast<std::uint8_t>(replies_++);
  reply_[index] = {{copy, reply.size()}, kNone};

  std::uint8_t& place = by_client_[peer.client.port() % kUdpBatch];
  if (place == kNone || !joins(message_[place], peer, reply.size())) begin(place, peer);
  Message& message = message_[place];
  if (message.count == 0) {
    message.first = index;
  } else {
    reply_[message.last].next = index;
    message.open = reply.size() == reply_[message.first].bytes.iov_len;
  }
  message.last = index;
  ++message.count;
}

/// Only within the machine: elsewhere a network card would have to be trusted with it.
bool UdpSendBatch::joins(const Message& message, const UdpPeer& peer,
                         std::size_t size) const noexcept {
  const std::size_t length = reply_[message.first].bytes.iov_len;
  return segments_ && message.open && size <= length && size > 0 &&
         (message.count + 1U) * length <= kMostBytesOfMessage && message.peer == peer &&
         peer.client.is_loopback();
}

void UdpSendBatch::begin(std::uint8_t& place, const UdpPeer& peer) noexcept {
  place = static_cast<std::uint8_t>(messages_++);
  Message& message = message_[place];
  message.peer = peer;
  message.count = 0;
  message.open = true;
}

/// Headers and parts, message by message.
void UdpSendBatch::lay_out() noexcept {
  std::size_t used = 0;
  for (std::size_t i = 0; i < messages_; ++i) {
    Message& message = message_[i];
    const std::size_t begin = used;
    for (std::uint8_t at = message.first; at != kNone; at = reply_[at].next)
      parts_[used++] = reply_[at].bytes;
    address(headers_[i].msg_hdr, message, std::span(parts_).subspan(begin, used - begin));
  }
}

void UdpSendBatch::address(msghdr& header, Message& message, std::span<iovec> parts) noexcept {
  header = {};
  header.msg_name = message.peer.client.get();
  header.msg_namelen = message.peer.client.size();
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  const bool elsewhere = !message.peer.asked.is_unspecified();
  if (!elsewhere && parts.size() == 1) return;
  message.control.fill(0);
  header.msg_control = message.control.data();
  if (parts.size() > 1) {
    add_control(header, SOL_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(parts[0].iov_len));
  }
  if (elsewhere) add_source(header, message.peer.asked);
}

void UdpSendBatch::flush() noexcept {
  lay_out();
  std::span<mmsghdr> rest(headers_.data(), messages_);
  replies_ = messages_ = end_ = 0;
  by_client_.fill(kNone);
  while (!rest.empty()) {
    const auto count = static_cast<unsigned>(rest.size());
    const int sent = ::sendmmsg(fd_, rest.data(), count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      rest = rest.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      for (const mmsghdr& unsent : rest)
        failed_.add(unsent.msg_hdr.msg_iovlen);
      return;
    } else if (errno != EINTR) {  // an error of the first one; the others may fare better
      send_one_by_one(rest.front().msg_hdr);
      rest = rest.subspan(1);
    }
  }
}

/// What the kernel did not take. If that was because it cannot cut, it is not asked to any more.
void UdpSendBatch::send_one_by_one(const msghdr& header) noexcept {
  if (header.msg_iovlen == 1) {
    failed_.add();
    return;
  }
  if (errno == EIO || errno == EINVAL) segments_ = false;
  constexpr std::size_t kCut = CMSG_SPACE(sizeof(std::uint16_t));  // the first control message
  msghdr single = header;
  single.msg_iovlen = 1;
  single.msg_control = static_cast<std::uint8_t*>(header.msg_control) + kCut;
  single.msg_controllen -= kCut;
  for (std::size_t i = 0; i < header.msg_iovlen; ++i, ++single.msg_iov) {
    if (::sendmsg(fd_, &single, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) failed_.add();
  }
}

void UdpSendBatch::send_long(int fd, const UdpPeer& peer, dns::Bytes reply) noexcept {
  Message message;
  message.peer = peer;
  msghdr header;
  // The kernel only reads what an iovec of a sent message points to.
  iovec part{const_cast<std::uint8_t*>(reply.data()), reply.size()};
  address(header, message, {&part, 1});
  if (::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) failed_.add();
}

}  // namespace holdfast
