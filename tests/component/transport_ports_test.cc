// Source ports, ids and descriptors: what a forger must guess, and what must not grow.
#include <set>
#include <sys/resource.h>

#include "tests/component/transport_rig.h"

namespace holdfast::test {
namespace {

FakeReply drop(const FakeQuery&) {
  return {};
}

std::set<std::uint16_t> ports_of(const FakeUpstream& server) {
  std::set<std::uint16_t> ports;
  for (const FakeQuery& query : server.queries())
    ports.insert(query.from.port);
  return ports;
}

using TransportPorts = TransportRig;

TEST_F(TransportPorts, QueriesComeFromManyPorts) {
  FakeUpstream server(loop);
  const Upstream upstream = upstream_at(server.endpoint());
  for (std::uint64_t i = 0; i < 64; ++i)
    (void)exchange(upstream, i);
  EXPECT_GE(ports_of(server).size(), 32U) << "of 64 queries";
  for (std::uint64_t i = 64; i < 1000; ++i)
    (void)exchange(upstream, i);
  EXPECT_GE(ports_of(server).size(), 64U);
}

TEST_F(TransportPorts, AFewQueriesOfOneTurnShareAPort) {
  FakeUpstream server(loop);
  const Upstream upstream = upstream_at(server.endpoint());
  for (std::uint64_t i = 0; i < 40; ++i)
    ASSERT_TRUE(ask(upstream, i));
  ASSERT_TRUE(run_until(loop, [&] { return sink.ends.size() == 40; }));
  const std::size_t ports = ports_of(server).size();
  EXPECT_LE(ports, 10U);
  EXPECT_GE(ports, 5U) << "of ten picks among 64";
}

TEST_F(TransportPorts, WhatIsCancelledBeforeTheTurnEndsIsNotSent) {
  FakeUpstream server(loop);
  const Upstream upstream = upstream_at(server.endpoint());
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto id = ask(upstream, i);
    ASSERT_TRUE(id);
    if (i != 1) transport.cancel(*id);
  }
  EXPECT_FALSE(await(1).message.empty());
  EXPECT_EQ(server.queries().size(), 1U);
}

TEST_F(TransportPorts, EveryQueryOfATurnIsToldThatItsServerIsGone) {
  FakeUpstream server(loop);
  Upstream upstream = upstream_at(FakeUpstream(loop).endpoint());
  for (std::uint64_t i = 0; i < 100; ++i)
    ASSERT_TRUE(ask(upstream, i));
  ASSERT_TRUE(run_until(loop, [&] { return sink.ends.size() == 100; }));
  for (const auto& [token, ended] : sink.ends) {
    EXPECT_EQ(ended.failure, Outcome::connection_refused) << token;
    EXPECT_EQ(ended.times, 1U) << token;
  }
  sink.ends.clear();
  transport.retire(upstream.id);
  upstream.endpoints.push_back(server.endpoint());
  for (std::uint64_t i = 0; i < 100; ++i)
    ASSERT_TRUE(ask(upstream, i));
  ASSERT_TRUE(run_until(loop, [&] { return sink.ends.size() == 100; }));
  for (const auto& [token, ended] : sink.ends)
    EXPECT_FALSE(ended.message.empty()) << token;
}

TEST_F(TransportPorts, IdsAreUnpredictableAndUniqueInFlight) {
  FakeUpstream server(loop, drop);
  const Upstream upstream = upstream_at(server.endpoint());
  constexpr std::size_t kMany = 3000;
  for (std::uint64_t i = 0; i < kMany; ++i) {
    ASSERT_TRUE(ask(upstream, i));
    if (i % 50 == 0) loop.turn(0ms);
  }
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == kMany; }));
  std::set<std::pair<std::uint16_t, std::uint16_t>> in_flight;
  std::size_t ascending = 0;
  std::array<unsigned, 16> buckets{};
  std::uint16_t previous = 0;
  for (const FakeQuery& query : server.queries()) {
    EXPECT_TRUE(in_flight.emplace(query.from.port, query.id).second) << "id twice on one port";
    ascending += query.id > previous ? 1 : 0;
    previous = query.id;
    ++buckets[query.id >> 12U];
  }
  // Uniform: 1500 ± 55 up, 187 ± 13 in each sixteenth. Six sigma and more fail by chance never.
  EXPECT_NEAR(static_cast<double>(ascending), 1500, 250);
  for (const unsigned n : buckets)
    EXPECT_NEAR(n, 187.5, 90);
}

TEST_F(TransportPorts, DescriptorsDoNotGrow) {
  FakeUpstream server(loop);
  const Upstream upstream = upstream_at(server.endpoint());
  for (std::uint64_t i = 0; i < 1000; ++i)
    (void)exchange(upstream, i);
  const std::size_t before = open_descriptors();
  for (std::uint64_t i = 1000; i < 2000; ++i)
    (void)exchange(upstream, i);
  EXPECT_LE(open_descriptors(), before + 2);
  EXPECT_LE(transport.open_sockets(), 64U);
}

TEST_F(TransportPorts, ARetiredUpstreamHasNoSockets) {
  FakeUpstream server(loop);
  FakeUpstream other(loop);
  Upstream upstream = upstream_at(server.endpoint());
  for (std::uint64_t i = 0; i < 50; ++i)
    (void)exchange(upstream, i);
  EXPECT_GT(transport.open_sockets(), 0U);
  transport.retire(upstream.id);
  EXPECT_EQ(transport.open_sockets(), 0U);
  upstream.endpoints = {other.endpoint()};  // the id begins anew with another server
  (void)exchange(upstream, 100);
  EXPECT_EQ(other.queries().size(), 1U);
}

TEST_F(TransportPorts, ARetiredUpstreamStillAnswersWhatIsInFlight) {
  FakeUpstream server(loop, drop);
  const Upstream upstream = upstream_at(server.endpoint());
  ASSERT_TRUE(ask(upstream, 1));
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 1; }));
  transport.retire(upstream.id);
  EXPECT_EQ(transport.open_sockets(), 1U);
  server.send(server.queries()[0], always_answer(server.queries()[0]));
  (void)await(1);
  EXPECT_EQ(transport.open_sockets(), 0U);
}

TEST_F(TransportPorts, AfterAResetThePortsAreNew) {
  FakeUpstream server(loop);
  const Upstream upstream = upstream_at(server.endpoint());
  for (std::uint64_t i = 0; i < 200; ++i)
    (void)exchange(upstream, i);
  EXPECT_LE(ports_of(server).size(), 64U);
  transport.reset(upstream.id);
  EXPECT_EQ(transport.open_sockets(), 0U);
  (void)exchange(upstream, 200);
  EXPECT_EQ(transport.open_sockets(), 1U);
}

/// While it lives, this process cannot open another descriptor.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_NOFILE, &none);
  }

  ~NoDescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
  NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;

 private:
  rlimit before_{};
};

TEST_F(TransportPorts, OutOfDescriptorsAnOpenPortIsUsed) {
  FakeUpstream server(loop);
  const Upstream upstream = upstream_at(server.endpoint());
  (void)exchange(upstream, 0);
  const NoDescriptorsLeft limit;
  for (std::uint64_t i = 1; i < 20; ++i)
    EXPECT_FALSE(exchange(upstream, i).message.empty());
  EXPECT_EQ(ports_of(server).size(), 1U);
}

TEST_F(TransportPorts, OutOfDescriptorsAndWithoutAPortNothingStarts) {
  FakeUpstream server(loop);
  const Upstream upstream = upstream_at(server.endpoint(), 1);
  // UBSan needs a descriptor when it checks a type for the first time: the same way once before.
  (void)exchange(upstream_at(server.endpoint(), 2), 1);
  (void)exchange(upstream_at(server.endpoint(), 2), 2, "www.example.org", true);
  {
    const NoDescriptorsLeft limit;
    EXPECT_FALSE(ask(upstream, 3));
    EXPECT_FALSE(ask(upstream, 4, "www.example.org", true));
  }
  EXPECT_FALSE(exchange(upstream, 5).message.empty());
  EXPECT_EQ(sink.ends.size(), 3U);
}

class ShortLivedPorts : public TransportRig {
 protected:
  ShortLivedPorts() : TransportRig({.udp = {.ports = 4, .life = 20ms}, .tcp = {}}) {}

  /// Exchanges until so many ports were seen.
  [[nodiscard]] bool see_ports(const Upstream& upstream, FakeUpstream& server, std::size_t n) {
    const TimePoint end = loop.now() + 10s;
    for (std::uint64_t token = 0; loop.now() < end; ++token) {
      (void)exchange(upstream, token);
      if (ports_of(server).size() >= n) return true;
    }
    return false;
  }
};

TEST_F(ShortLivedPorts, PortsAreReplacedWithTime) {
  FakeUpstream server(loop);
  const Upstream upstream = upstream_at(server.endpoint());
  EXPECT_TRUE(see_ports(upstream, server, 40));
  EXPECT_LE(transport.open_sockets(), 4U);
}

TEST_F(ShortLivedPorts, ARetiredPortLivesUntilItsExchangeEnds) {
  FakeUpstream server(loop, drop);
  const Upstream upstream = upstream_at(server.endpoint());
  ASSERT_TRUE(ask(upstream, 1'000'000));
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 1; }));
  const FakeQuery kept = server.queries()[0];
  server.handle(always_answer);
  EXPECT_TRUE(see_ports(upstream, server, 40));
  EXPECT_FALSE(sink.ends.contains(1'000'000));
  server.send(kept, always_answer(kept));
  (void)await(1'000'000);
  EXPECT_LE(transport.open_sockets(), 4U);
}

TEST_F(ShortLivedPorts, ExchangesThatNeverEndDoNotMultiplyPorts) {
  FakeUpstream server(loop, drop);
  const Upstream upstream = upstream_at(server.endpoint());
  TimePoint next = loop.now();
  // Over ten lives of a port, as many as one port could carry.
  for (std::uint64_t token = 0; token < 1'000; ++token) {
    ASSERT_TRUE(ask(upstream, token));
    next += std::chrono::microseconds(200);
    while (loop.now() < next) {
      loop.turn(next - loop.now());
    }
  }
  EXPECT_LE(transport.open_sockets(), 8U);
}

TEST_F(ShortLivedPorts, IdlePortsCloseByThemselves) {
  FakeUpstream server(loop);
  (void)exchange(upstream_at(server.endpoint()), 1);
  EXPECT_EQ(transport.open_sockets(), 1U);
  EXPECT_TRUE(run_until(loop, [&] { return transport.open_sockets() == 0; }));
}

}  // namespace
}  // namespace holdfast::test
