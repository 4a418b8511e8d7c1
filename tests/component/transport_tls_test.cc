// DNS over TLS, against servers on loopback with certificates made here.
#include <memory>
#include <vector>

#include "dns/query_view.h"
#include "tests/component/transport_rig.h"

namespace holdfast::test {
namespace {

constexpr const char* kName = "dns.example";

FakeReply drop(const FakeQuery&) {
  return {};
}

class TransportTls : public TransportRig {
 protected:
  explicit TransportTls(const TcpPolicy& policy = {}) : TransportRig({.udp = {}, .tcp = policy}) {}

  /// An upstream that is to be `kName`, by the authority of its own certificate.
  Upstream trusted(const FakeUpstream& server, unsigned id = 1) {
    Upstream upstream = upstream_at(server.endpoint(), id, TransportKind::tls);
    upstream.tls = {kName, authority.path(), {}};
    return trust_in(upstream);
  }

  /// With its authorities open.
  Upstream trust_in(const Upstream& upstream) {
    known.push_back(std::make_shared<const Upstream>(upstream));
    EXPECT_TRUE(trust.follow(known).empty());
    return upstream;
  }

  void expect_fault(const Upstream& upstream, Outcome outcome, const std::string& why) {
    const Ended ended = exchange(upstream, ++asked);
    EXPECT_EQ(ended.failure, outcome) << to_string(ended.failure);
    EXPECT_TRUE(ended.message.empty());
    const std::string fault = transport.fault_of(upstream.id);
    EXPECT_NE(fault.find(why), std::string::npos) << fault;
  }

  Identity identity = make_identity("DNS:dns.example,IP:127.0.0.1");
  AuthorityFile authority{identity};
  FakeTlsContext tls{identity};
  std::vector<std::shared_ptr<const Upstream>> known;
  std::uint64_t asked = 1000;
};

TEST_F(TransportTls, WithAWrongClockNobodyIsSpokenTo) {
  FakeUpstream server(loop, tls);
  const Upstream upstream = trusted(server);
  trust.set_clock_sound(false);
  expect_fault(upstream, Outcome::tls_failed, "clock");
  EXPECT_EQ(server.accepted(), 0U);
  trust.set_clock_sound(true);
  const Ended ended = exchange(upstream, 1);
  EXPECT_EQ(ended.message, answer_to(server.queries().at(0)));
  EXPECT_EQ(transport.fault_of(upstream.id), "");
}

TEST_F(TransportTls, AnAnswerComesToAPaddedQuery) {
  FakeUpstream server(loop, tls);
  const Upstream upstream = trusted(server);
  const Ended ended = exchange(upstream, 1);
  EXPECT_TRUE(ended.over_tcp);
  EXPECT_EQ(ended.message, answer_to(server.queries().at(0)));
  EXPECT_EQ(server.queries()[0].message.size(), 128U) << "RFC 8467";
  EXPECT_EQ(counted(upstream).tls_handshakes.get(), 1U);
  EXPECT_EQ(transport.fault_of(upstream.id), "");
}

TEST_F(TransportTls, AnAddressMayBeTheName) {
  FakeUpstream server(loop, tls);
  Upstream upstream = trusted(server);
  upstream.tls.name = "127.0.0.1";
  EXPECT_FALSE(exchange(upstream, 1).message.empty());
}

TEST_F(TransportTls, QueriesArePipelinedFromTheHandshakeOn) {
  FakeUpstream server(loop, tls, drop);
  const Upstream upstream = trusted(server);
  for (std::uint64_t i = 0; i < 50; ++i)
    ASSERT_TRUE(ask(upstream, i, "n" + std::to_string(i) + ".example"));
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 50; }));
  EXPECT_EQ(server.accepted(), 1U);
  auto queries = server.queries();
  for (auto query = queries.rbegin(); query != queries.rend(); ++query)
    server.send(*query, always_answer(*query));
  for (std::uint64_t i = 0; i < 50; ++i)
    EXPECT_FALSE(await(i).message.empty());
}

TEST_F(TransportTls, ALargeAnswerComesWhole) {
  FakeUpstream server(loop, tls, [](const FakeQuery& query) -> FakeReply {
    Message large = answer_to(query);
    large.resize(65'535);
    return {.messages = {large}};
  });
  EXPECT_EQ(exchange(trusted(server), 1).message.size(), 65'535U);
}

TEST_F(TransportTls, WhatWasOnAConnectionThatDiedIsSentAgain) {
  FakeUpstream server(loop, tls);
  const Upstream upstream = trusted(server);
  (void)exchange(upstream, 1);
  server.handle([](const FakeQuery& query) -> FakeReply {
    if (query.connection == 1) return {.close = true};
    return always_answer(query);
  });
  for (std::uint64_t i = 2; i < 22; ++i)
    ASSERT_TRUE(ask(upstream, i));
  for (std::uint64_t i = 2; i < 22; ++i)
    EXPECT_FALSE(await(i).message.empty());
  EXPECT_EQ(server.accepted(), 2U);
}

TEST_F(TransportTls, TheNextConnectionTakesUpTheSession) {
  FakeUpstream server(loop, tls);
  const Upstream upstream = trusted(server);
  (void)exchange(upstream, 1);
  server.close_connections();
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
  EXPECT_EQ(counted(upstream).tls_handshakes.get(), 2U);
  EXPECT_EQ(counted(upstream).tls_resumptions.get(), 1U);
}

TEST_F(TransportTls, ASessionIsNotForAnotherIdentity) {
  FakeUpstream server(loop, tls);
  Upstream upstream = trusted(server);
  (void)exchange(upstream, 1);
  transport.retire(upstream.id);
  upstream.tls.name = "other.example";
  expect_fault(upstream, Outcome::certificate, "not for other.example");
}

TEST_F(TransportTls, WhomItDoesNotTrustItAsksNothing) {
  const Identity stranger = make_identity("DNS:dns.example");
  const Identity expired = make_identity("DNS:dns.example", -7200);
  const AuthorityFile of_expired(expired);
  FakeTlsContext stranger_tls(stranger);
  FakeTlsContext expired_tls(expired);
  FakeUpstream good(loop, tls), unknown(loop, stranger_tls), old(loop, expired_tls);
  Upstream misnamed = trusted(good, 1);
  misnamed.tls.name = "other.example";
  expect_fault(misnamed, Outcome::certificate, "hostname mismatch");
  expect_fault(trusted(unknown, 2), Outcome::certificate, "self-signed");
  Upstream late = trusted(old, 3);
  late.tls.ca_file = of_expired.path();
  expect_fault(trust_in(late), Outcome::certificate, "expired");
  Upstream pinned = trusted(good, 4);
  pinned.tls.pins = {stranger.pin()};
  expect_fault(pinned, Outcome::pin, "not pinned; its pin is sha256/");
  pinned.tls.pins.push_back(identity.pin());
  transport.retire(pinned.id);
  EXPECT_FALSE(exchange(pinned, 1).message.empty());
  for (const FakeUpstream* server : {&unknown, &old})
    EXPECT_TRUE(server->queries().empty());
}

TEST_F(TransportTls, AnOldVersionIsNoTls) {
  FakeTlsContext old(identity, {.most = TlsVersion::tls_1_1});
  FakeUpstream server(loop, old);
  expect_fault(trusted(server), Outcome::tls_failed, "protocol");
}

TEST_F(TransportTls, AnEndInTheHandshakeIsAFailure) {
  tls.change({.silent = true});
  FakeUpstream server(loop, tls);
  const Upstream upstream = trusted(server);
  ASSERT_TRUE(ask(upstream, 1));
  ASSERT_TRUE(run_until(loop, [&] { return server.accepted() == 1; }));
  server.close_connections();
  EXPECT_EQ(await(1).failure, Outcome::tls_failed);
  EXPECT_NE(transport.fault_of(upstream.id).find("hung up"), std::string::npos);
}

TEST_F(TransportTls, WithoutAuthoritiesNothingIsAsked) {
  FakeUpstream server(loop, tls);
  Upstream upstream = upstream_at(server.endpoint(), 1, TransportKind::tls);
  upstream.tls = {kName, "/nowhere/ca.pem", {}};
  expect_fault(upstream, Outcome::tls_failed, "no authorities");
  EXPECT_EQ(trust.follow({std::make_shared<const Upstream>(upstream)}).size(), 1U);
}

TEST_F(TransportTls, TheNextAddressIsTakenWhereOneIsRefused) {
  const Identity stranger = make_identity("DNS:dns.example");
  FakeTlsContext stranger_tls(stranger);
  FakeUpstream wrong(loop, stranger_tls), right(loop, tls);
  Upstream upstream = trusted(wrong);
  upstream.endpoints.push_back(right.endpoint());
  EXPECT_FALSE(exchange(upstream, 1).message.empty());
  EXPECT_TRUE(wrong.queries().empty());
  EXPECT_EQ(transport.fault_of(upstream.id), "");
}

TEST_F(TransportTls, AHandshakeThatTakesItsTimeIsNoSilence) {
  FakeUpstream far(loop, tls), other(loop, tls);
  far.move_away(300ms);
  other.move_away(300ms);
  Upstream upstream = trusted(far);
  upstream.endpoints.push_back(other.endpoint());
  for (std::uint64_t i = 0; i < 8; ++i) {
    ASSERT_TRUE(ask(upstream, i));
    const TimePoint next = loop.now() + 100ms;
    while (loop.now() < next)
      loop.turn(next - loop.now());
  }
  for (std::uint64_t i = 0; i < 8; ++i)
    EXPECT_FALSE(await(i).message.empty()) << i;
  EXPECT_EQ(counted(upstream).tcp_connects.get(), 1U);
  EXPECT_EQ(other.accepted(), 0U);
}

TEST_F(TransportTls, TheFirstQueryOnAWarmConnectionIsNotLost) {
  FakeUpstream server(loop, tls);
  const Upstream upstream = trusted(server);
  (void)exchange(upstream, 1);
  const TimePoint old = loop.now() + 1100ms;  // one that its server ends sooner is not kept
  while (loop.now() < old)
    loop.turn(old - loop.now());
  server.close_connections();
  ASSERT_TRUE(run_until(loop, [&] { return counted(upstream).tls_handshakes.get() == 2; }));
  server.handle([](const FakeQuery& query) -> FakeReply {
    if (query.connection == 2) return {.close = true};
    return always_answer(query);
  });
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
  EXPECT_EQ(server.accepted(), 3U);
}

TEST_F(TransportTls, WhatIsNoMessageIsMalformed) {
  FakeUpstream server(loop, tls, [](const FakeQuery&) -> FakeReply {
    return {.raw = {0, 3, 1, 2, 3}};
  });
  EXPECT_EQ(exchange(trusted(server), 1).failure, Outcome::malformed);
}

TEST_F(TransportTls, DescriptorsDoNotGrow) {
  FakeUpstream server(loop, tls);
  const Upstream upstream = trusted(server);
  (void)exchange(upstream, 0);
  const std::size_t before = open_descriptors();
  for (std::uint64_t i = 1; i < 30; ++i) {
    server.close_connections();
    (void)exchange(upstream, i);
  }
  EXPECT_TRUE(run_until(loop, [&] { return open_descriptors() <= before + 2; }));
}

class ImpatientTls : public TransportTls {
 protected:
  ImpatientTls() : TransportTls({.handshake = 50ms}) {}
};

TEST_F(ImpatientTls, SilenceInTheHandshakeIsAStall) {
  tls.change({.silent = true});
  FakeUpstream server(loop, tls);
  expect_fault(trusted(server), Outcome::tls_stalled, "fell silent");
}

TEST_F(ImpatientTls, AServerWithoutTlsIsAStallToo) {
  FakeUpstream server(loop);
  expect_fault(trusted(server), Outcome::tls_stalled, "fell silent");
}

class BriefTls : public TransportTls {
 protected:
  BriefTls() : TransportTls({.idle_tls = 1s, .short_lived = 0ms}) {}
};

TEST_F(BriefTls, AConnectionInUseStaysWarmAndThenGoes) {
  FakeUpstream server(loop, tls);
  const Upstream upstream = trusted(server);
  (void)exchange(upstream, 1);
  server.close_connections();
  ASSERT_TRUE(run_until(loop, [&] { return server.accepted() == 2; })) << "nobody asked";
  EXPECT_TRUE(run_until(loop, [&] { return transport.open_sockets() == 0; }));
  EXPECT_EQ(server.accepted(), 2U);
}

}  // namespace
}  // namespace holdfast::test
