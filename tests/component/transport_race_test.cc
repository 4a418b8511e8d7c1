// One upstream, several addresses (RFC 8305): one that takes its time costs a quarter of a second.
#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <sys/socket.h>
#include <vector>

#include "net/socket_address.h"
#include "tests/component/transport_rig.h"

namespace holdfast::test {
namespace {

/// An address of loopback where nobody answers a SYN: its queue of connections is full. The kernel
/// asks again after a second: take_in() lets it in then.
class FullQueue {
 public:
  explicit FullQueue(const char* address) : listener_(stream(address)) {
    const SocketAddress at(*parse_endpoint(address, 0));
    EXPECT_EQ(::bind(listener_.get(), at.get(), at.size()), 0);
    EXPECT_EQ(::listen(listener_.get(), 0), 0);
    endpoint_ = SocketAddress::local(listener_.get()).endpoint();
    const SocketAddress to(endpoint_);
    for (OwnedFd& filler : fillers_) {
      filler = stream(address);
      (void)::connect(filler.get(), to.get(), to.size());
    }
  }

  [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }

  /// Takes connections out of the queue, so that the next SYN is answered; true once one of them
  /// has sent something.
  [[nodiscard]] bool take_in() {
    OwnedFd taken(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (taken) taken_.push_back(std::move(taken));
    std::uint8_t byte = 0;
    return std::ranges::any_of(
        taken_, [&](const OwnedFd& fd) { return ::recv(fd.get(), &byte, 1, MSG_PEEK) == 1; });
  }

 private:
  static OwnedFd stream(const char* address) {
    const int family = parse_endpoint(address, 0)->address.is_v4() ? AF_INET : AF_INET6;
    return OwnedFd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  }

  OwnedFd listener_;
  std::array<OwnedFd, 4> fillers_;
  std::vector<OwnedFd> taken_;
  Endpoint endpoint_;
};

using TransportRace = TransportRig;

Upstream at_both(const Endpoint& first, const Endpoint& second) {
  Upstream upstream = upstream_at(first, 1, TransportKind::tcp);
  upstream.endpoints.push_back(second);
  return upstream;
}

TEST_F(TransportRace, TheSecondAddressIsTriedBesideASlowFirst) {
  const FullQueue nowhere("[::1]:0");
  FakeUpstream server(loop);
  const Upstream upstream = at_both(nowhere.endpoint(), server.endpoint());
  const TimePoint asked = loop.now();
  EXPECT_FALSE(exchange(upstream, 1).message.empty());
  EXPECT_GE(loop.now() - asked, 250ms) << "nobody hurries";
  EXPECT_EQ(server.queries().size(), 1U) << "asked once, by the one that was reached";
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
  EXPECT_EQ(server.accepted(), 1U) << "and stays with what works";
  EXPECT_EQ(counted(upstream).tcp_connects.get(), 2U);
}

TEST_F(TransportRace, AllThatWaitGoToTheOneThatIsReached) {
  const FullQueue nowhere("127.0.0.1:0");
  FakeUpstream server(loop);
  const Upstream upstream = at_both(nowhere.endpoint(), server.endpoint());
  for (std::uint64_t i = 0; i < 20; ++i)
    ASSERT_TRUE(ask(upstream, i));
  for (std::uint64_t i = 0; i < 20; ++i)
    EXPECT_FALSE(await(i).message.empty());
  EXPECT_EQ(server.queries().size(), 20U);
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_F(TransportRace, ASlowFirstIsGoodEnoughWhereTheSecondIsNowhere) {
  const FullQueue nowhere("[::1]:0");
  FullQueue slow("127.0.0.1:0");
  const Upstream upstream = at_both(slow.endpoint(), nowhere.endpoint());
  ASSERT_TRUE(ask(upstream, 1));
  ASSERT_TRUE(run_until(loop, [&] { return counted(upstream).tcp_connects.get() == 2; }));
  EXPECT_TRUE(run_until(loop, [&] { return slow.take_in(); })) << "the query";
  EXPECT_TRUE(sink.ends.empty()) << "what it waits for now is the server's answer";
  EXPECT_EQ(counted(upstream).tcp_connects.get(), 2U);
}

TEST_F(TransportRace, ARefusalEndsItsPartOfTheRace) {
  const FullQueue nowhere("[::1]:0");
  FakeUpstream dead(loop, always_answer, FakeUpstream::Listens::udp);
  FakeUpstream server(loop);
  Upstream upstream = at_both(nowhere.endpoint(), dead.endpoint());
  upstream.endpoints.push_back(server.endpoint());
  const TimePoint asked = loop.now();
  EXPECT_FALSE(exchange(upstream, 1).message.empty());
  EXPECT_LT(loop.now() - asked, 2s);
}

TEST_F(TransportRace, EachAddressIsTriedOnceBesideOneThatTakesItsTime) {
  const FullQueue nowhere("[::1]:0");
  FakeUpstream dead(loop, always_answer, FakeUpstream::Listens::udp);
  FakeUpstream gone(loop, always_answer, FakeUpstream::Listens::udp);
  Upstream upstream = at_both(nowhere.endpoint(), dead.endpoint());
  upstream.endpoints.push_back(gone.endpoint());
  ASSERT_TRUE(ask(upstream, 1));
  const TimePoint end = loop.now() + 1s;
  while (loop.now() < end)
    loop.turn(100ms);
  EXPECT_EQ(counted(upstream).tcp_connects.get(), 3U);
}

}  // namespace
}  // namespace holdfast::test
