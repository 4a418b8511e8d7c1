#include "net/bootstrap_channel.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <sys/time.h>
#include <utility>

#include <ares.h>

#include "net/socket_address.h"

namespace holdfast {
namespace {

constexpr int kTimeoutMs = 1000;
constexpr int kTries = 2;

/// "192.0.2.1:53,[2001:db8::1]:53", as c-ares wants it.
std::string server_list(std::span<const Endpoint> servers) {
  std::string list;
  for (const Endpoint& server : servers) {
    if (!list.empty()) list += ',';
    list += server.to_string();
  }
  return list;
}

/// A channel that depends on nothing but its arguments: no search domains, no files.
ares_channeldata* open_channel(Satisfied satisfied, ares_sock_state_cb on_socket_state,
                               void* owner) {
  ares_library_init(ARES_LIB_INIT_ALL);
  std::array<char, 2> lookups{"b"};  // "b": DNS only
  std::array<char, 10> no_file{"/dev/null"};
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  if (satisfied == Satisfied::by_any_reply) options.flags |= ARES_FLAG_NOCHECKRESP;
  options.timeout = kTimeoutMs;
  options.tries = kTries;
  options.lookups = lookups.data();
  options.resolvconf_path = no_file.data();
  options.sock_state_cb = on_socket_state;
  options.sock_state_cb_data = owner;
  int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
             ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_QUERY_CACHE  // since 1.31: a refresh before expiry must reach the servers
  options.qcache_max_ttl = 0;
  mask |= ARES_OPT_QUERY_CACHE;
#endif
  ares_channel channel = nullptr;
  if (const int status = ares_init_options(&channel, &options, mask); status != ARES_SUCCESS) {
    throw std::runtime_error(std::string("c-ares: ") + ares_strerror(status));
  }
  return channel;
}

IpAddress address_of(const ares_addrinfo_node& node) {
  SocketAddress address;
  if (node.ai_addrlen <= SocketAddress::kCapacity) {
    std::memcpy(address.get(), node.ai_addr, node.ai_addrlen);
  }
  return address.endpoint().address;
}

/// Of a look-up that failed: does it tell what a server said?
bool is_servers_word(int status) noexcept {
  constexpr std::array kWords{ARES_ENODATA, ARES_EFORMERR, ARES_ESERVFAIL, ARES_ENOTFOUND,
                              ARES_ENOTIMP, ARES_EREFUSED, ARES_EBADRESP};
  return std::ranges::find(kWords, status) != kWords.end();
}

HostAddresses read_result(const ares_addrinfo& result) {
  HostAddresses found;
  int ttl = INT32_MAX;
  for (const auto* node = result.nodes; node != nullptr; node = node->ai_next) {
    if (node->ai_family != AF_INET && node->ai_family != AF_INET6) continue;
    found.addresses.push_back(address_of(*node));
    ttl = std::min(ttl, node->ai_ttl);
  }
  // In a fixed order: the answer's changes with every refresh, and the first address is the one in
  // use.
  std::ranges::sort(found.addresses);
  const auto doubles = std::unique(found.addresses.begin(), found.addresses.end());
  found.addresses.erase(doubles, found.addresses.end());
  found.ttl = std::chrono::seconds(std::max(ttl, 0));
  if (found.addresses.empty()) found.error = "no addresses";
  return found;
}

}  // namespace

BootstrapChannel::BootstrapChannel(EventLoop& loop, std::span<const Endpoint> servers,
                                   Satisfied satisfied)
    : loop_(loop),
      poller_(loop, [this](std::uint64_t token, std::uint32_t what) { on_ready(token, what); }),
      channel_(open_channel(satisfied, &BootstrapChannel::on_socket_state, this)) {
  const int status = ares_set_servers_ports_csv(channel_, server_list(servers).c_str());
  if (status != ARES_SUCCESS) {
    ares_destroy(channel_);
    throw std::runtime_error(std::string("c-ares, bootstrap servers: ") + ares_strerror(status));
  }
}

BootstrapChannel::~BootstrapChannel() {
  closing_ = true;
  loop_.timers().cancel(timer_);
  ares_destroy(channel_);  // calls on_result for what is in flight
  poller_.close();
  ares_library_cleanup();
}

void BootstrapChannel::resolve(const std::string& host, Done done) {
  auto request = std::make_unique<Request>(Request{this, std::move(done)});
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;  // one node per address
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &BootstrapChannel::on_result,
                   request.release());
  set_timer();
}

void BootstrapChannel::on_result(void* argument, int status, int /*timeouts*/,
                                 ares_addrinfo* result) {
  const std::unique_ptr<Request> request(static_cast<Request*>(argument));
  HostAddresses found;
  if (status == ARES_SUCCESS) {
    found = read_result(*result);
    found.answered = true;
  } else {
    found.error = ares_strerror(status);
    found.answered = is_servers_word(status);
  }
  if (result != nullptr) ares_freeaddrinfo(result);
  if (request->channel->closing_) return;
  // c-ares may be in the middle of anything, resolve() included.
  request->channel->loop_.post(
      [done = std::move(request->done), found = std::move(found)] { done(found); });
}

void BootstrapChannel::on_socket_state(void* self, int fd, int readable, int writable) {
  auto& poller = static_cast<BootstrapChannel*>(self)->poller_;
  if (readable == 0 && writable == 0) {
    poller.unwatch(fd);
    return;
  }
  const auto token = static_cast<std::uint64_t>(fd);
  const std::uint32_t what = (readable != 0 ? UpstreamPoller::kReadable : 0) |
                             (writable != 0 ? UpstreamPoller::kWritable : 0);
  if (!poller.watch(fd, token, what)) poller.rewatch(fd, token, what);
}

void BootstrapChannel::on_ready(std::uint64_t token, std::uint32_t what) {
  const auto fd = static_cast<ares_socket_t>(token);
  const bool failed = (what & UpstreamPoller::kFailed) != 0;
  const bool reads = failed || (what & UpstreamPoller::kReadable) != 0;
  const bool writes = failed || (what & UpstreamPoller::kWritable) != 0;
  ares_process_fd(channel_, reads ? fd : ARES_SOCKET_BAD, writes ? fd : ARES_SOCKET_BAD);
  set_timer();
}

void BootstrapChannel::on_timer(std::uint64_t /*token*/, TimePoint /*now*/) noexcept {
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  set_timer();
}

void BootstrapChannel::set_timer() {
  loop_.timers().cancel(timer_);
  timeval left{};
  if (ares_timeout(channel_, nullptr, &left) == nullptr) return;
  // Not at once: c-ares counts in milliseconds, and a timer due now would be armed again and again.
  const Duration wait = std::chrono::seconds(left.tv_sec) +
                        std::chrono::microseconds(left.tv_usec) + std::chrono::milliseconds(1);
  timer_ = loop_.timers().arm(loop_.now() + wait, *this, 0);
}

}  // namespace holdfast
