#include "net/network_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include "net/owned_fd.h"

namespace holdfast {
namespace {

// Larger than any message of the kernel's; one that is cut counts as lost.
constexpr std::size_t kMessageBuffer = std::size_t{16} * 1024;

/// Not what the kernel made of another route, nor what it keeps for its own addresses.
bool is_real_route(const rtmsg& route) noexcept {
  if ((route.rtm_flags & RTM_F_CLONED) != 0 || route.rtm_table == RT_TABLE_LOCAL) return false;
  return route.rtm_type != RTN_LOCAL && route.rtm_type != RTN_BROADCAST &&
         route.rtm_type != RTN_ANYCAST && route.rtm_type != RTN_MULTICAST;
}

}  // namespace

NetworkWatch::NetworkWatch(EventLoop& loop, OnChange on_change, const NetworkWatchPolicy& policy)
    : loop_(loop), on_change_(std::move(on_change)), policy_(policy), socket_(loop.context()) {}

NetworkWatch::~NetworkWatch() {
  close();
}

std::string NetworkWatch::open() {
  const auto because = [] { return std::generic_category().message(errno); };
  OwnedFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd) return because();
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups =
      RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return because();
  }
  // After the bind: what changes in between is looked for once more, rather than missed.
  auto picture = look_at_network(destinations_);
  if (!picture) return picture.error().message();
  known_ = std::move(*picture);
  asio::error_code error;
  socket_.assign(fd.get(), error);
  if (error) return error.message();
  (void)fd.release();
  asio::co_spawn(loop_.context(), read_loop(), asio::detached);
  return {};
}

void NetworkWatch::close() {
  if (std::exchange(looking_, false)) loop_.timers().cancel(timer_);
  asio::error_code ignored;
  socket_.close(ignored);
}

void NetworkWatch::follow(std::vector<IpAddress> destinations) {
  destinations_ = std::move(destinations);
  if (!socket_.is_open()) return;
  const auto picture = look_at_network(destinations_);
  if (!picture) return;
  // The old ways stay as they were told: a change on its way must not get lost here.
  auto ways = picture->ways;
  for (auto& [to, way] : ways) {
    if (const auto before = known_.ways.find(to); before != known_.ways.end()) way = before->second;
  }
  known_.ways = std::move(ways);
}

void NetworkWatch::forget(TimePoint now) {
  if (!socket_.is_open()) return;
  if (auto picture = look_at_network(destinations_)) known_ = std::move(*picture);
  address_lost_ = false;
  told_ = now;
}

asio::awaitable<void> NetworkWatch::read_loop() {
  for (;;) {
    auto [error] = co_await socket_.async_wait(asio::posix::descriptor_base::wait_read, use_result);
    if (error || !socket_.is_open()) co_return;
    read_waiting();
  }
}

void NetworkWatch::read_waiting() {
  std::array<char, kMessageBuffer> buffer;
  bool look = false;
  for (;;) {
    const auto got = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_TRUNC);
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == ENOBUFS) {  // more than the socket holds: messages were lost
        look = true;
        continue;
      }
      break;
    }
    const auto size = static_cast<std::size_t>(got);
    look = size > buffer.size() || read_messages({buffer.data(), size}) || look;
  }
  if (look) look_soon();
}

bool NetworkWatch::read_messages(std::span<const char> messages) {
  bool matters = false;
  while (messages.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, messages.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > messages.size()) break;
    matters = may_matter(messages.first(header.nlmsg_len)) || matters;
    messages =
        messages.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), messages.size()));
  }
  return matters;
}

/// Is it worth a look? What is kept out here comes by the second on some hosts.
bool NetworkWatch::may_matter(std::span<const char> message) {
  nlmsghdr header;
  std::memcpy(&header, message.data(), sizeof header);
  switch (header.nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_DELADDR: {
      if (message.size() < NLMSG_LENGTH(sizeof(ifaddrmsg))) return false;
      const AddressNews news = read_address_news(message);
      const bool had = known_.addresses.contains({news.interface, news.address});
      if (header.nlmsg_type == RTM_NEWADDR) return news.lasting && !had;
      address_lost_ = address_lost_ || had;
      return had;
    }
    case RTM_NEWROUTE:
    case RTM_DELROUTE: {
      if (message.size() < NLMSG_LENGTH(sizeof(rtmsg))) return false;
      rtmsg route;
      std::memcpy(&route, message.data() + NLMSG_HDRLEN, sizeof route);
      return is_real_route(route);
    }
    default:
      return false;
  }
}

void NetworkWatch::look_soon() {
  if (std::exchange(looking_, true)) return;
  TimePoint at = loop_.now() + policy_.settle;
  if (told_ != kNever) at = std::max(at, told_ + policy_.interval);
  timer_ = loop_.timers().arm(at, *this, 0);
}

void NetworkWatch::on_timer(std::uint64_t, TimePoint now) noexcept {
  looking_ = false;
  auto next = look_at_network(destinations_);
  if (!next) {  // no descriptor or memory for the moment
    look_soon();
    return;
  }
  const bool addresses = address_lost_ || next->addresses != known_.addresses;
  const bool ways = other_ways(*next);
  known_ = std::move(*next);
  address_lost_ = false;
  if (!addresses && !ways) return;
  told_ = now;
  on_change_(addresses ? NetworkChange::address : NetworkChange::route, now);
}

bool NetworkWatch::other_ways(const NetworkPicture& next) const {
  return std::ranges::any_of(next.ways, [this](const auto& entry) {
    const auto before = known_.ways.find(entry.first);
    return before != known_.ways.end() && before->second != entry.second;
  });
}

}  // namespace holdfast
