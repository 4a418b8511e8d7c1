#include "net/network_picture.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/rtnetlink.h>
#include <memory>
#include <optional>
#include <sys/socket.h>
#include <system_error>

#include "net/owned_fd.h"

namespace holdfast {
namespace {

constexpr std::size_t kAnswerBuffer = std::size_t{64} * 1024;  // the kernel sends 32 KiB at most
constexpr timeval kPatience{.tv_sec = 1, .tv_usec = 0};

std::error_code last_error() noexcept {
  return {errno, std::generic_category()};
}

OwnedFd open_netlink() noexcept {
  OwnedFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  // The kernel answers while it is asked; this is only against waiting for ever.
  if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  return fd;
}

/// A request: its header, the family's own header, at most one attribute.
template <typename Body>
struct NetlinkRequest {
  nlmsghdr header{};
  Body body{};
  rtattr attribute{};
  std::array<std::uint8_t, 16> value{};
};

template <typename Body>
NetlinkRequest<Body> request_of(std::uint16_t type, std::uint16_t flags, std::uint32_t number) {
  NetlinkRequest<Body> request;
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof(Body));
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  request.header.nlmsg_seq = number;
  return request;
}

/// What lies at `at`; netlink aligns to four bytes, a span of bytes promises nothing.
template <typename T>
T read_at(std::span<const char> bytes, std::size_t at) noexcept {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// Calls `visit(type, value)` for each attribute from `at` on.
template <typename Visit>
void each_attribute(std::span<const char> message, std::size_t at, Visit&& visit) {
  while (at + sizeof(rtattr) <= message.size()) {
    const auto head = read_at<rtattr>(message, at);
    if (head.rta_len < sizeof head || at + head.rta_len > message.size()) return;
    visit(head.rta_type & NLA_TYPE_MASK,
          message.subspan(at + sizeof head, head.rta_len - sizeof head));
    at += RTA_ALIGN(head.rta_len);
  }
}

std::optional<IpAddress> address_in(std::span<const char> value) noexcept {
  if (value.size() != 4 && value.size() != 16) return std::nullopt;
  IpAddress address;
  address.family = value.size() == 4 ? IpAddress::Family::v4 : IpAddress::Family::v6;
  std::memcpy(address.bytes.data(), value.data(), value.size());
  return address;
}

/// Calls `take(message)` for each message of the answer to `number`, until the last.
template <typename Take>
std::error_code read_answers(int fd, std::uint32_t number, bool many, Take&& take) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(kAnswerBuffer);
  for (;;) {
    const auto got = ::recv(fd, buffer.get(), kAnswerBuffer, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      return last_error();
    }
    std::span<const char> rest(buffer.get(), static_cast<std::size_t>(got));
    while (rest.size() >= sizeof(nlmsghdr)) {
      const auto header = read_at<nlmsghdr>(rest, 0);
      if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest.size()) break;
      if (header.nlmsg_seq == number) {
        if (header.nlmsg_type == NLMSG_DONE) return {};
        take(header, rest.first(header.nlmsg_len));
        if (!many) return {};
      }
      rest = rest.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), rest.size()));
    }
  }
}

std::error_code read_addresses(int fd, NetworkPicture& picture) {
  constexpr std::uint32_t kNumber = 1;
  const auto request = request_of<ifaddrmsg>(RTM_GETADDR, NLM_F_DUMP, kNumber);
  if (::send(fd, &request, request.header.nlmsg_len, 0) < 0) return last_error();
  return read_answers(fd, kNumber, true,
                      [&picture](const nlmsghdr& header, std::span<const char> message) {
                        if (header.nlmsg_type != RTM_NEWADDR) return;
                        const AddressNews news = read_address_news(message);
                        if (news.lasting) picture.addresses.emplace(news.interface, news.address);
                      });
}

NetworkWay read_way(const nlmsghdr& header, std::span<const char> message) {
  NetworkWay way;
  if (header.nlmsg_type == NLMSG_ERROR) {
    way.error = -read_at<nlmsgerr>(message, NLMSG_HDRLEN).error;
    return way;
  }
  each_attribute(message, NLMSG_LENGTH(sizeof(rtmsg)), [&way](int type, auto value) {
    if (type == RTA_OIF && value.size() == sizeof(int)) way.interface = read_at<int>(value, 0);
    if (type == RTA_GATEWAY || type == RTA_VIA) way.gateway.assign(value.data(), value.size());
    if (type == RTA_PREFSRC) way.source = address_in(value).value_or(IpAddress{});
  });
  return way;
}

std::error_code read_ways(int fd, std::span<const IpAddress> destinations,
                          NetworkPicture& picture) {
  std::uint32_t number = 1;
  for (const IpAddress& to : destinations) {
    const std::size_t size = to.is_v4() ? 4 : 16;
    auto request = request_of<rtmsg>(RTM_GETROUTE, 0, ++number);
    request.body.rtm_family = to.is_v4() ? AF_INET : AF_INET6;
    request.body.rtm_dst_len = static_cast<std::uint8_t>(size * 8);
    request.attribute = {.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(size)),
                         .rta_type = RTA_DST};
    std::memcpy(request.value.data(), to.bytes.data(), size);
    request.header.nlmsg_len += static_cast<std::uint32_t>(RTA_LENGTH(size));
    if (::send(fd, &request, request.header.nlmsg_len, 0) < 0) return last_error();
    const auto error = read_answers(fd, number, false, [&](const auto& header, auto message) {
      picture.ways[to] = read_way(header, message);
    });
    if (error) return error;
  }
  return {};
}

}  // namespace

AddressNews read_address_news(std::span<const char> message) {
  AddressNews news;
  const auto body = read_at<ifaddrmsg>(message, NLMSG_HDRLEN);
  news.interface = static_cast<int>(body.ifa_index);
  std::uint32_t flags = body.ifa_flags;
  std::optional<IpAddress> local, address;
  each_attribute(message, NLMSG_LENGTH(sizeof body), [&](int type, auto value) {
    if (type == IFA_FLAGS && value.size() == sizeof flags) flags = read_at<std::uint32_t>(value, 0);
    if (type == IFA_LOCAL) local = address_in(value);
    if (type == IFA_ADDRESS) address = address_in(value);
  });
  news.address = local ? *local : address.value_or(IpAddress{});
  // For IPv4 the bit of "temporary" means "secondary".
  const bool passing = body.ifa_family == AF_INET6 &&
                       ((flags & (IFA_F_TEMPORARY | IFA_F_DADFAILED)) != 0 ||
                        ((flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0));
  news.lasting = body.ifa_scope < RT_SCOPE_LINK && !passing;
  return news;
}

Result<NetworkPicture> look_at_network(std::span<const IpAddress> destinations) {
  const OwnedFd fd = open_netlink();
  if (!fd) return last_error();
  NetworkPicture picture;
  if (const auto error = read_addresses(fd.get(), picture)) return error;
  if (const auto error = read_ways(fd.get(), destinations, picture)) return error;
  return picture;
}

}  // namespace holdfast
