// No allocation per query once everything has been used: counted by replacing operator new, so this
// is an executable of its own.
#include <array>
#include <cstdlib>
#include <new>

#include "tests/component/listener_rig.h"

namespace {

std::size_t allocations = 0;

}  // namespace

// Not inlined: g++ would see free() where it expects operator delete.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* block = std::malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}

[[gnu::noinline]] void operator delete(void* block) noexcept {
  std::free(block);
}

[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}

namespace holdfast::test {
namespace {

struct LateReply {
  ReplySink* sink;
  std::uint64_t ticket;
};

TEST(Listeners, AllocateNothingPerQuery) {
  EventLoop loop;
  WorkerCounters counters;
  ListenSockets opened = open_listen_sockets(std::vector{at("127.0.0.1:0")}, 1);
  ASSERT_EQ(opened.error, "");
  std::vector<LateReply> late;
  late.reserve(10);
  const auto answer = [&](const ClientQuery& q, TimePoint, std::span<std::uint8_t> buffer) {
    if (q.message[2] == 'p') {
      late.push_back({q.sink, q.ticket});
      return HandledQuery{Handled::pending, {}};
    }
    std::copy(q.message.begin(), q.message.end(), buffer.begin());
    return HandledQuery{Handled::replied, buffer.first(q.message.size())};
  };
  Listeners listeners(loop, std::move(opened.workers[0]), answer, counters, Limits{});
  listeners.start();

  const Client datagrams = connect_to(opened.endpoints[0], SOCK_DGRAM);
  const Client stream = connect_to(opened.endpoints[0], SOCK_STREAM);
  const Message now = query(1);
  const Message later = query(2, 'p');
  const Message frames = framed(query(3)) + framed(query(4, 'p'));
  std::array<std::uint8_t, 1'000> room{};
  const auto ask_all = [&] {
    datagrams.send(now);
    datagrams.send(later);
    stream.send(frames);
    std::size_t bytes = 0;
    const TimePoint end = boot_time() + 10s;
    while (bytes < now.size() + later.size() + frames.size() && boot_time() < end) {
      loop.turn(5ms);
      for (const LateReply& reply : late)
        reply.sink->send_reply(reply.ticket, later);
      late.clear();
      for (int fd : {datagrams.fd(), stream.fd()}) {
        const auto got = ::recv(fd, room.data(), room.size(), MSG_DONTWAIT);
        if (got > 0) bytes += static_cast<std::size_t>(got);
      }
    }
  };
  for (int i = 0; i < 100; ++i)
    ask_all();
  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i)
    ask_all();
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(counters.queries_udp.get(), 400U);
  EXPECT_EQ(counters.queries_tcp.get(), 400U);
  listeners.close();
  loop.drain();
  EXPECT_TRUE(listeners.finished());
}

}  // namespace
}  // namespace holdfast::test
