#include "net/udp_listener.h"

#include <array>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <utility>

namespace holdfast {
namespace {

// The resolver's limit on waiters is the bound that works; this one is for its mistakes.
constexpr std::size_t kMostWaiting = 1'000'000;
// Batches read in one go: with 64 queries each, other sockets and timers wait a few milliseconds at
// most.
constexpr int kBatchesInARow = 8;
// While so many were answered, others came: to read again costs less than to be told.
constexpr std::size_t kManyAtOnce = 8;

std::uint32_t drops_of(int fd) noexcept {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  ::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory.data(), &size);
  return memory[SK_MEMINFO_DROPS];
}

}  // namespace

UdpListener::UdpListener(OwnedFd socket, ListenerContext& context)
    : context_(context),
      socket_(context.loop.context(), socket.release()),
      waiting_(kMostWaiting),
      next_(waiting_.emplace()),
      drops_(drops_of(socket_.native_handle())) {}

void UdpListener::start() {
  reading_ = true;
  running_ = true;
  asio::co_spawn(context_.loop.context(), receive_loop(), asio::detached);
}

void UdpListener::stop() noexcept {
  reading_ = false;
  asio::error_code ignored;
  socket_.cancel(ignored);
}

void UdpListener::close() noexcept {
  reading_ = false;
  context_.outgoing.flush();  // it may hold replies for this socket
  asio::error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<void> UdpListener::receive_loop() {
  while (reading_) {
    const auto [error] =
        co_await socket_.async_wait(asio::posix::descriptor_base::wait_read, use_result);
    if (error || !reading_) break;
    read_waiting();
  }
  running_ = false;
}

void UdpListener::read_waiting() {
  for (int batch = 0; batch < kBatchesInARow && reading_; ++batch) {
    const std::size_t got = context_.incoming.receive(socket_.native_handle());
    if (got == 0) return;
    const TimePoint now = context_.loop.now();
    for (std::size_t i = 0; i < got; ++i)
      handle(context_.incoming.at(i), now);
    context_.outgoing.flush();
    if (got < kManyAtOnce) return;
  }
}

void UdpListener::handle(const UdpReceiveBatch::Datagram& datagram, TimePoint now) {
  if (datagram.bytes.empty() || datagram.peer.client.size() == 0) return;
  const Endpoint client = datagram.peer.client.endpoint();
  if (client.port == 0) return;  // nothing can be sent there
  context_.counters.queries_udp.add();
  if (datagram.cut) {
    context_.count_shed(ShedReason::oversized);
    return;
  }
  UdpPeer* const way_back = waiting_.find(next_);
  if (way_back == nullptr) {
    context_.count_shed(ShedReason::waiters);
    return;
  }
  *way_back = datagram.peer;
  const ClientQuery query{.message = datagram.bytes,
                          .client = client.address.unmapped(),
                          .over_tcp = false,
                          .sink = this,
                          .ticket = next_.token()};
  const HandledQuery handled = context_.answer(query, now);
  const bool taken = handled.what == Handled::pending && query.ticket == next_.token();
  if (taken) next_ = waiting_.emplace();
  if (handled.what == Handled::replied) {
    context_.outgoing.add(socket_.native_handle(), datagram.peer, handled.reply);
  }
}

void UdpListener::count_drops() noexcept {
  if (!socket_.is_open()) return;
  const std::uint32_t drops = drops_of(socket_.native_handle());
  context_.count_shed(ShedReason::socket_full, drops - std::exchange(drops_, drops));
}

void UdpListener::send_reply(std::uint64_t ticket, dns::Bytes reply) noexcept {
  const SlabHandle handle = SlabHandle::from_token(ticket);
  const UdpPeer* peer = waiting_.find(handle);
  if (peer == nullptr) return;
  context_.loop.gather();
  if (socket_.is_open()) context_.outgoing.add(socket_.native_handle(), *peer, reply);
  waiting_.erase(handle);
  if (waiting_.find(next_) == nullptr) next_ = waiting_.emplace();
}

}  // namespace holdfast
