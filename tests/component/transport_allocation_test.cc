// No allocation per exchange over UDP once every port is open: counted by replacing operator new,
// so this is an executable of its own.
#include <array>
#include <cstdlib>
#include <new>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "net/owned_fd.h"
#include "net/socket_address.h"
#include "net/system_random.h"
#include "net/transport_set.h"

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

namespace holdfast {
namespace {

/// Sends each query back as its own reply, and allocates nothing.
class Echo {
 public:
  Echo() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const SocketAddress any(*parse_endpoint("127.0.0.1:0", 0));
    EXPECT_EQ(::bind(fd_.get(), any.get(), any.size()), 0);
  }

  [[nodiscard]] Endpoint endpoint() const { return SocketAddress::local(fd_.get()).endpoint(); }

  /// Waits for one query.
  void answer() {
    std::array<std::uint8_t, 512> bytes;
    SocketAddress from;
    socklen_t length = SocketAddress::kCapacity;
    const auto n = ::recvfrom(fd_.get(), bytes.data(), bytes.size(), 0, from.get(), &length);
    ASSERT_GT(n, 12);
    bytes[2] |= 0x80;  // QR
    ASSERT_EQ(::sendto(fd_.get(), bytes.data(), static_cast<std::size_t>(n), 0, from.get(), length),
              n);
  }

 private:
  OwnedFd fd_;
};

class CountingSink final : public ExchangeSink {
 public:
  void on_exchange(std::uint64_t, const ExchangeEnd& end, TimePoint) noexcept override {
    if (!end.message.empty()) ++answers;
  }

  std::size_t answers = 0;
};

TEST(Transport, AllocatesNothingPerExchange) {
  EventLoop loop;
  SystemRandom random;
  WorkerCounters counters;
  const EndpointBook book;
  const TlsTrust trust;
  PacketBudgets budgets;
  TransportSet transport({loop, random, counters, book, trust}, budgets,
                         {.udp = {.ports = 64, .life = 1h}, .tcp = {}});
  Echo echo;
  Upstream upstream;
  upstream.endpoints = {echo.endpoint()};
  ExchangeRequest request;
  request.question.name = *dns::Name::parse("www.example.org");
  CountingSink sink;
  const auto exchange = [&](std::size_t number) {
    ASSERT_TRUE(transport.start(upstream, request, sink, number, loop.now()));
    loop.turn(0ms);  // queries leave between turns
    echo.answer();
    while (sink.answers < number)
      loop.turn(1s);
  };

  std::size_t number = 0;
  while (number < 1000)
    exchange(++number);
  ASSERT_EQ(transport.open_sockets(), 64U);
  const std::size_t before = allocations;
  while (number < 2000)
    exchange(++number);
  // A timer sweeps once a second.
  EXPECT_LE(allocations - before, 5U);
  transport.close();
  loop.drain();
}

}  // namespace
}  // namespace holdfast
