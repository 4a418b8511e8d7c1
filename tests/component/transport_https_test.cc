// DNS over HTTPS, against servers on loopback that speak HTTP/2 over TLS.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "dns/header.h"
#include "tests/component/transport_rig.h"

namespace holdfast::test {
namespace {

FakeReply drop(const FakeQuery&) {
  return {};
}

class TransportHttps : public TransportRig {
 protected:
  Upstream upstream_of(const FakeUpstream& server) {
    Upstream upstream = upstream_at(server.endpoint(), 1, TransportKind::https);
    upstream.tls = {"dns.example", authority.path(), {}};
    upstream.http = {"dns.example", "/dns-query"};
    EXPECT_TRUE(trust.follow({std::make_shared<const Upstream>(upstream)}).empty());
    return upstream;
  }

  void expect_fault(const FakeReply& reply, Outcome outcome, const std::string& why) {
    FakeUpstream server(loop, tls, [&reply](const FakeQuery&) { return reply; });
    const Upstream upstream = upstream_of(server);
    const Ended ended = exchange(upstream, ++asked);
    EXPECT_EQ(ended.failure, outcome) << to_string(ended.failure);
    EXPECT_TRUE(ended.message.empty());
    EXPECT_EQ(transport.fault_of(upstream.id), why);
    EXPECT_EQ(server.accepted(), 1U) << "the connection is not to blame";
    server.handle(always_answer);
    EXPECT_FALSE(exchange(upstream, ++asked).message.empty());
    EXPECT_EQ(server.accepted(), 1U);
    EXPECT_EQ(transport.fault_of(upstream.id), "");
    transport.retire(upstream.id);
  }

  Identity identity = make_identity("DNS:dns.example");
  AuthorityFile authority{identity};
  FakeTlsContext tls{identity, {.protocol = "h2"}};
  std::uint64_t asked = 1000;
};

TEST_F(TransportHttps, AnAnswerComesToAPaddedQueryWithoutId) {
  FakeUpstream server(loop, tls);
  const Ended ended = exchange(upstream_of(server), 1);
  ASSERT_EQ(server.queries().size(), 1U);
  const FakeQuery& query = server.queries()[0];
  EXPECT_EQ(query.id, 0);
  EXPECT_EQ(query.message.size(), 128U);
  EXPECT_EQ(query.question, question("www.example.org"));
  Message expected = answer_to(query);
  ASSERT_EQ(ended.message.size(), expected.size());
  EXPECT_TRUE(std::equal(expected.begin() + 2, expected.end(), ended.message.begin() + 2));
  EXPECT_TRUE(ended.over_tcp);
}

TEST_F(TransportHttps, ManyShareOneConnectionAndComeInAnyOrder) {
  FakeUpstream server(loop, tls, drop);
  const Upstream upstream = upstream_of(server);
  for (std::uint64_t i = 0; i < 100; ++i)
    ASSERT_TRUE(ask(upstream, i, "n" + std::to_string(i) + ".example"));
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 100; }));
  EXPECT_EQ(server.accepted(), 1U);
  auto queries = server.queries();
  for (auto query = queries.rbegin(); query != queries.rend(); ++query)
    server.send(*query, always_answer(*query));
  for (std::uint64_t i = 0; i < 100; ++i)
    EXPECT_FALSE(await(i).message.empty()) << i;
}

TEST_F(TransportHttps, WhatTheWebServerRefusesIsToldAndNoMore) {
  expect_fault({.http = FakeResponse{.status = 500, .type = "", .age = "", .body = {}}},
               Outcome::http_status, "HTTP status 500");
  expect_fault({.http = FakeResponse{.status = 429, .type = "", .age = "", .body = {}}},
               Outcome::http_status, "HTTP status 429");
  expect_fault({.http = FakeResponse{.type = "text/html", .age = "", .body = Message(100)}},
               Outcome::http_content, "the answer's type is not application/dns-message");
  expect_fault({.http = FakeResponse{.age = "", .body = Message(10'000'000)}},
               Outcome::http_content, "the answer is larger than a DNS message can be");
}

TEST_F(TransportHttps, GoawayLosesNothing) {
  FakeUpstream server(loop, tls, drop);
  const Upstream upstream = upstream_of(server);
  for (std::uint64_t i = 0; i < 10; ++i)
    ASSERT_TRUE(ask(upstream, i, "n" + std::to_string(i) + ".example"));
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 10; }));
  server.handle(always_answer);
  FakeReply last = always_answer(server.queries()[0]);
  last.go_away = true;  // the others are not answered here
  server.send(server.queries()[0], last);
  EXPECT_FALSE(await(0).message.empty());
  for (std::uint64_t i = 1; i < 10; ++i)
    EXPECT_FALSE(await(i).message.empty()) << i;
  EXPECT_EQ(server.accepted(), 2U);
  EXPECT_TRUE(run_until(loop, [&] { return server.connections() == 1; }));
}

TEST_F(TransportHttps, AStreamThatIsResetIsAskedOnceMore) {
  FakeUpstream server(loop, tls);
  const Upstream upstream = upstream_of(server);
  (void)exchange(upstream, 1);
  bool reset = false;
  server.handle([&reset](const FakeQuery& query) -> FakeReply {
    if (!std::exchange(reset, true)) return {.reset = true};
    return always_answer(query);
  });
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
  server.handle([](const FakeQuery&) -> FakeReply { return {.reset = true}; });
  EXPECT_EQ(exchange(upstream, 3).failure, Outcome::closed);
}

TEST_F(TransportHttps, WhatWasOnAConnectionThatDiedIsSentAgain) {
  FakeUpstream server(loop, tls);
  const Upstream upstream = upstream_of(server);
  (void)exchange(upstream, 1);
  server.close_connections();
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
  EXPECT_EQ(server.accepted(), 2U);
  EXPECT_EQ(counted(upstream).tls_resumptions.get(), 1U);
}

// It does not hang up: who waits would wait for the deadline.
TEST_F(TransportHttps, AServerThatBreaksHttp2IsLeftAtOnce) {
  FakeUpstream server(loop, tls);
  const Upstream upstream = upstream_of(server);
  (void)exchange(upstream, 1);
  const Message no_credit{0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0};  // RFC 9113 6.9: an error
  server.handle([&](const FakeQuery&) -> FakeReply { return {.raw = no_credit}; });
  EXPECT_EQ(exchange(upstream, 2).failure, Outcome::malformed);
  EXPECT_EQ(transport.fault_of(upstream.id), "the server breaks the rules of HTTP/2");
  EXPECT_EQ(server.accepted(), 1U);
  EXPECT_TRUE(run_until(loop, [&] { return server.connections() == 0; }));
}

TEST_F(TransportHttps, AServerWithoutHttp2IsNoTls) {
  FakeTlsContext dot(identity);
  FakeUpstream server(loop, dot);
  const Upstream upstream = upstream_of(server);
  EXPECT_EQ(exchange(upstream, 1).failure, Outcome::tls_failed);
  EXPECT_EQ(transport.fault_of(upstream.id), "the server does not speak h2");
}

TEST_F(TransportHttps, AForeignAnswerIsIgnored) {
  FakeUpstream server(loop, tls, [](FakeQuery query) -> FakeReply {
    query.question = question("www.example.net");
    return always_answer(query);
  });
  const Upstream upstream = upstream_of(server);
  ASSERT_TRUE(ask(upstream, 1));
  EXPECT_TRUE(run_until(loop, [&] { return counted(upstream).ignored_wrong_question.get() == 1; }));
}

TEST_F(TransportHttps, ACancelledExchangeIsSilent) {
  FakeUpstream server(loop, tls, drop);
  const Upstream upstream = upstream_of(server);
  const auto id = ask(upstream, 1);
  ASSERT_TRUE(run_until(loop, [&] { return !server.queries().empty(); }));
  transport.cancel(*id);
  server.send(server.queries()[0], always_answer(server.queries()[0]));
  server.handle(always_answer);
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
  EXPECT_EQ(sink.ends.size(), 1U);
}

}  // namespace
}  // namespace holdfast::test
