// What UDP and TCP share: budgets, addresses from the bootstrap, several upstreams at a time.
#include "tests/component/transport_rig.h"

namespace holdfast::test {
namespace {

using TransportSetTest = TransportRig;

TEST_F(TransportSetTest, APacketBudgetIsKeptAndCounted) {
  FakeUpstream server(loop);
  Upstream upstream = upstream_at(server.endpoint());
  upstream.max_pps = 80;  // a burst of ten
  std::uint64_t token = 0;
  while (ask(upstream, token))
    ++token;
  EXPECT_GE(token, 10U);
  EXPECT_LE(token, 30U) << "the loop above took far less than a quarter of a second";
  EXPECT_EQ(counted(upstream).throttled.get(), 1U);
  EXPECT_EQ(ask(upstream, token).why_not(), Outcome::throttled);
}

TEST_F(TransportSetTest, TheUpstreamsOfAProviderShareItsBudget) {
  FakeUpstream server(loop);
  Upstream first = upstream_at(server.endpoint(), 1);
  Upstream second = upstream_at(server.endpoint(), 2);
  Upstream stranger = upstream_at(server.endpoint(), 3);
  first.max_pps = second.max_pps = stranger.max_pps = 8;
  stranger.provider_name = "another";
  while (ask(first, 1)) {
  }
  EXPECT_FALSE(ask(second, 2));
  EXPECT_TRUE(ask(stranger, 3));
}

TEST_F(TransportSetTest, HalfOfABudgetIsSparedForFirstQuestions) {
  FakeUpstream server(loop);
  Upstream upstream = upstream_at(server.endpoint());
  upstream.max_pps = 8000;  // a burst of 1000; sending them takes longer than a refill of one
  std::uint64_t token = 0;
  while (transport.spares(upstream, loop.now()) && ask(upstream, token))
    ++token;
  EXPECT_GE(token, 500U);
  EXPECT_TRUE(ask(upstream, token));
  Upstream over_tcp = upstream_at(server.endpoint(), 2, TransportKind::tcp);
  over_tcp.provider_name = "another";
  over_tcp.max_pps = 80;
  EXPECT_FALSE(transport.spares(over_tcp, loop.now())) << "a handshake is more than half of ten";
  over_tcp.max_pps = 0;
  EXPECT_TRUE(transport.spares(over_tcp, loop.now()));
}

TEST_F(TransportSetTest, AHostIsReachedOnceItsAddressesAreKnown) {
  FakeUpstream server(loop);
  Upstream upstream = upstream_at({});
  upstream.host = "dns.example";
  upstream.endpoints.clear();
  EXPECT_EQ(ask(upstream, 1).why_not(), Outcome::no_socket);
  EXPECT_FALSE(ask(upstream, 1, "www.example.org", true));
  book.publish(upstream.id, {server.endpoint()});
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
  EXPECT_FALSE(exchange(upstream, 3, "www.example.org", true).message.empty());
}

TEST_F(TransportSetTest, OtherAddressesAreFollowed) {
  FakeUpstream before(loop);
  FakeUpstream after(loop);
  Upstream upstream = upstream_at({});
  upstream.host = "dns.example";
  upstream.endpoints.clear();
  book.publish(upstream.id, {before.endpoint()});
  (void)exchange(upstream, 1);
  (void)exchange(upstream, 2, "www.example.org", true);
  book.publish(upstream.id, {after.endpoint()});
  (void)exchange(upstream, 3);
  (void)exchange(upstream, 4, "www.example.org", true);
  EXPECT_EQ(before.queries().size(), 2U);
  EXPECT_EQ(after.queries().size(), 2U);
  EXPECT_TRUE(run_until(loop, [&] { return before.connections() == 0; }));
}

TEST_F(TransportSetTest, AnAddressThatStaysKeepsItsConnection) {
  FakeUpstream server(loop);
  FakeUpstream other(loop);
  Upstream upstream = upstream_at({});
  upstream.host = "dns.example";
  upstream.endpoints.clear();
  book.publish(upstream.id, {server.endpoint()});
  (void)exchange(upstream, 1, "www.example.org", true);
  book.publish(upstream.id, {other.endpoint(), server.endpoint()});
  (void)exchange(upstream, 2, "www.example.org", true);
  EXPECT_EQ(server.accepted(), 1U);
  EXPECT_EQ(other.accepted(), 0U);
}

/// Where nobody listens any more.
Endpoint left_behind(EventLoop& loop) {
  return FakeUpstream(loop).endpoint();
}

TEST_F(TransportSetTest, AnUpstreamIsRefusedOnlyWhenAllItsAddressesAre) {
  FakeUpstream server(loop);
  for (const bool tcp : {false, true}) {
    Upstream upstream = upstream_at(left_behind(loop), tcp ? 1 : 2);
    upstream.endpoints.push_back(left_behind(loop));
    EXPECT_EQ(exchange(upstream, 10, "www.example.org", tcp).failure, Outcome::connection_refused);
    transport.retire(upstream.id);
    upstream.endpoints.push_back(server.endpoint());
    EXPECT_FALSE(exchange(upstream, 11, "www.example.org", tcp).message.empty()) << "TCP " << tcp;
    sink.ends.clear();
  }
}

TEST_F(TransportSetTest, ASilentAddressIsLeftBeforeALookupAsksAgain) {
  FakeUpstream silent(loop, [](const FakeQuery&) { return FakeReply{}; });
  FakeUpstream server(loop);
  for (const bool tcp : {false, true}) {
    Upstream upstream = upstream_at(silent.endpoint(), tcp ? 1 : 2);
    upstream.endpoints.push_back(server.endpoint());
    ExchangeRequest request;
    request.question = question("www.example.org");
    request.over_tcp = tcp;
    const TimePoint now = loop.now();
    ASSERT_TRUE(transport.start(upstream, request, sink, 1, now));
    ASSERT_TRUE(run_until(
        loop, [&] { return !silent.queries().empty() && silent.queries().back().tcp == tcp; }));
    ASSERT_TRUE(transport.start(upstream, request, sink, 2, now + 500ms));
    EXPECT_FALSE(await(2).message.empty()) << "TCP " << tcp;
    silent.send(silent.queries().back(), always_answer(silent.queries().back()));
    EXPECT_FALSE(await(1).message.empty()) << "a late answer is one: TCP " << tcp;
    sink.ends.clear();
  }
}

TEST_F(TransportSetTest, UdpAndTcpOfManyUpstreamsAtOnce) {
  std::vector<std::unique_ptr<FakeUpstream>> servers;
  for (int i = 0; i < 5; ++i)
    servers.push_back(std::make_unique<FakeUpstream>(loop));
  for (std::uint64_t token = 0; token < 500; ++token) {
    const auto which = static_cast<unsigned>(token % 5);
    ASSERT_TRUE(ask(upstream_at(servers[which]->endpoint(), which), token, "www.example.org",
                    token % 2 == 0));
    if (token % 20 == 0) loop.turn(0ms);
  }
  EXPECT_TRUE(run_until(loop, [&] { return sink.ends.size() == 500; }));
  for (const auto& [token, ended] : sink.ends)
    EXPECT_EQ(ended.over_tcp, token % 2 == 0);
}

TEST_F(TransportSetTest, CloseForgetsWhatIsInFlight) {
  FakeUpstream server(loop);
  for (std::uint64_t i = 0; i < 20; ++i) {
    (void)ask(upstream_at(server.endpoint()), i, "www.example.org", i % 2 == 0);
  }
  transport.close();
  settle();
  EXPECT_TRUE(sink.ends.empty());
  EXPECT_EQ(transport.open_sockets(), 0U);
}

}  // namespace
}  // namespace holdfast::test
