#include <set>

#include "dns/header.h"
#include "dns/message_view.h"
#include "tests/component/transport_rig.h"

namespace holdfast::test {
namespace {

using TransportUdp = TransportRig;

FakeReply drop(const FakeQuery&) {
  return {};
}

TEST_F(TransportUdp, AnAnswerEndsTheExchangeWithItsMessage) {
  FakeUpstream server(loop);
  const Ended ended = exchange(upstream_at(server.endpoint()), 7);
  EXPECT_FALSE(ended.over_tcp);
  EXPECT_EQ(ended.message, answer_to(server.queries().at(0)));
  EXPECT_EQ(ended.times, 1U);
}

TEST_F(TransportUdp, TheQueryIsWhatWasAskedFor) {
  FakeUpstream server(loop);
  ExchangeRequest request;
  request.question = question("www.example.org");
  request.question.type = dns::RrType::aaaa;
  request.dnssec_ok = true;
  request.checking_disabled = true;
  ASSERT_TRUE(transport.start(upstream_at(server.endpoint()), request, sink, 1, loop.now()));
  (void)await(1);
  const FakeQuery& query = server.queries().at(0);
  EXPECT_EQ(query.question, request.question);
  const auto header = *dns::Header::read(query.message);
  EXPECT_TRUE(header.has(dns::flag::rd));
  EXPECT_TRUE(header.has(dns::flag::cd));
  EXPECT_FALSE(header.has(dns::flag::qr));
  EXPECT_EQ(header.arcount, 1) << "the OPT";
}

TEST_F(TransportUdp, WithoutEdnsThereIsNoOpt) {
  FakeUpstream server(loop);
  ExchangeRequest request;
  request.question = question("www.example.org");
  request.edns = false;
  ASSERT_TRUE(transport.start(upstream_at(server.endpoint()), request, sink, 1, loop.now()));
  (void)await(1);
  EXPECT_EQ(dns::Header::read(server.queries().at(0).message)->arcount, 0);
}

TEST_F(TransportUdp, ErrorsOfTheServerAreMessagesToo) {
  FakeUpstream server(loop, [](const FakeQuery& query) -> FakeReply {
    return {.messages = {reply_to(query, dns::Rcode::servfail)}};
  });
  const Ended ended = exchange(upstream_at(server.endpoint()), 1);
  EXPECT_EQ(ended.message, reply_to(server.queries().at(0), dns::Rcode::servfail));
}

TEST_F(TransportUdp, AnErrorWithoutTheQuestionIsBelieved) {
  FakeUpstream server(loop, [](const FakeQuery& query) -> FakeReply {
    Message bare = reply_to(query, dns::Rcode::notimp);
    bare.resize(dns::kHeaderBytes);
    bare[5] = 0;  // QDCOUNT
    return {.messages = {bare}};
  });
  EXPECT_EQ(exchange(upstream_at(server.endpoint()), 1).message.size(), dns::kHeaderBytes);
}

TEST_F(TransportUdp, WhatDoesNotMatchIsIgnoredAndCounted) {
  FakeUpstream server(loop, [](const FakeQuery& query) -> FakeReply {
    Message wrong_id = answer_to(query);
    wrong_id[1] ^= 1U;
    FakeQuery other = query;
    other.question = question("www.example.net");
    Message echo = query.message;  // QR is clear
    return {.messages = {wrong_id, answer_to(other), echo, {0xff}, {}, answer_to(query)}};
  });
  const Upstream upstream = upstream_at(server.endpoint());
  const Ended ended = exchange(upstream, 1);
  EXPECT_EQ(ended.message, answer_to(server.queries().at(0)));
  EXPECT_EQ(ended.times, 1U);
  EXPECT_EQ(counted(upstream).ignored_wrong_id.get(), 3U) << "wrong id, one byte, no byte";
  EXPECT_EQ(counted(upstream).ignored_wrong_question.get(), 2U);
}

TEST_F(TransportUdp, ADuplicateEndsNothingTwice) {
  FakeUpstream server(loop, [](const FakeQuery& query) -> FakeReply {
    return {.messages = {answer_to(query), answer_to(query)}};
  });
  const Upstream upstream = upstream_at(server.endpoint());
  (void)exchange(upstream, 1);
  ASSERT_TRUE(run_until(loop, [&] { return counted(upstream).ignored_wrong_id.get() == 1; }));
  EXPECT_EQ(sink.ends[1].times, 1U);
}

TEST_F(TransportUdp, AnotherServersReplyNeverArrives) {
  FakeUpstream server(loop, drop);
  FakeUpstream other(loop);
  ASSERT_TRUE(ask(upstream_at(server.endpoint()), 1));
  ASSERT_TRUE(run_until(loop, [&] { return !server.queries().empty(); }));
  other.send(server.queries()[0], {.messages = {answer_to(server.queries()[0])}});
  settle();
  EXPECT_TRUE(sink.ends.empty());
  server.send(server.queries()[0], {.messages = {answer_to(server.queries()[0])}});
  (void)await(1);
}

TEST_F(TransportUdp, OtherCaseEndsItWithWrongCase) {
  FakeUpstream server(loop, [](FakeQuery query) -> FakeReply {
    query.question.name = query.question.name.lowered();
    return {.messages = {answer_to(query)}};
  });
  // 40 letters: by chance all in lower case once in 10^12.
  const Ended ended =
      exchange(upstream_at(server.endpoint()), 1, "abcdefghijabcdefghij.abcdefghijabcdefghij");
  EXPECT_TRUE(ended.message.empty());
  EXPECT_EQ(ended.failure, Outcome::wrong_case);
}

TEST_F(TransportUdp, OtherCaseIsFineWhereCaseWasNotRandom) {
  FakeUpstream server(loop, [](FakeQuery query) -> FakeReply {
    query.question.name = query.question.name.lowered();
    return {.messages = {answer_to(query)}};
  });
  ExchangeRequest request;
  request.question = question("WWW.EXAMPLE.ORG");
  request.random_case = false;
  ASSERT_TRUE(transport.start(upstream_at(server.endpoint()), request, sink, 1, loop.now()));
  EXPECT_FALSE(await(1).message.empty());
  EXPECT_TRUE(server.queries().at(0).question.name.same_case(request.question.name));
}

TEST_F(TransportUdp, CaseDiffersFromQueryToQuery) {
  FakeUpstream server(loop);
  std::set<Message> spellings;
  for (std::uint64_t i = 0; i < 20; ++i) {
    (void)exchange(upstream_at(server.endpoint()), i, "abcdefghijklmnopqrstuvwxyz.example");
    const auto wire = server.queries().at(i).question.name.wire();
    spellings.emplace(wire.begin(), wire.end());
  }
  EXPECT_EQ(spellings.size(), 20U);
}

TEST_F(TransportUdp, AClosedPortEndsWhatIsInFlight) {
  auto server = std::make_unique<FakeUpstream>(loop);
  const Upstream upstream = upstream_at(server->endpoint());
  server.reset();
  const Ended ended = exchange(upstream, 1);
  EXPECT_TRUE(ended.message.empty());
  EXPECT_EQ(ended.failure, Outcome::connection_refused);
}

TEST_F(TransportUdp, AnUnreachableServerEndsTheExchangeLater) {
  Upstream upstream = upstream_at(*parse_endpoint("192.0.2.1", 53));
  upstream.source = *parse_ip("127.0.0.1");  // nothing on loopback leads there
  ASSERT_TRUE(ask(upstream, 1));
  EXPECT_TRUE(sink.ends.empty()) << "never from inside start()";
  EXPECT_EQ(await(1).failure, Outcome::unreachable);
}

TEST_F(TransportUdp, TheNextAddressIsTakenWhereOneIsUnreachable) {
  FakeUpstream server(loop);
  Upstream upstream = upstream_at(*parse_endpoint("192.0.2.1", 53));
  upstream.source = *parse_ip("127.0.0.1");
  upstream.endpoints.push_back(server.endpoint());
  EXPECT_FALSE(exchange(upstream, 1).message.empty());
}

TEST_F(TransportUdp, TheNextAddressIsTakenWhereOneRefuses) {
  FakeUpstream server(loop);
  auto gone = std::make_unique<FakeUpstream>(loop);
  Upstream upstream = upstream_at(gone->endpoint());
  upstream.endpoints.push_back(server.endpoint());
  gone.reset();
  EXPECT_FALSE(exchange(upstream, 1).message.empty());
}

TEST_F(TransportUdp, TheSourceAddressIsTheConfiguredOne) {
  FakeUpstream server(loop);
  Upstream upstream = upstream_at(server.endpoint());
  upstream.source = *parse_ip("127.0.0.1");
  EXPECT_FALSE(exchange(upstream, 1).message.empty());
  upstream.source = *parse_ip("192.0.2.99");  // this host has no such address
  upstream.id = UpstreamId{2};
  EXPECT_EQ(exchange(upstream, 2).failure, Outcome::unreachable);
}

TEST_F(TransportUdp, AnInterfaceThatDoesNotExistIsUnreachable) {
  FakeUpstream server(loop);
  Upstream upstream = upstream_at(server.endpoint());
  upstream.interface = "nosuchif0";
  EXPECT_EQ(exchange(upstream, 1).failure, Outcome::unreachable);
  upstream.interface = "lo";
  upstream.id = UpstreamId{2};
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
}

TEST_F(TransportUdp, ACancelledExchangeIsSilent) {
  FakeUpstream server(loop, drop);
  const Upstream upstream = upstream_at(server.endpoint());
  const auto id = ask(upstream, 1);
  ASSERT_TRUE(run_until(loop, [&] { return !server.queries().empty(); }));
  transport.cancel(*id);
  transport.cancel(*id);  // stale: ignored
  server.send(server.queries()[0], always_answer(server.queries()[0]));
  ASSERT_TRUE(run_until(loop, [&] { return counted(upstream).ignored_wrong_id.get() == 1; }));
  EXPECT_TRUE(sink.ends.empty());
}

TEST_F(TransportUdp, ASinkMayStartAndCancelFromItsCall) {
  FakeUpstream server(loop);
  const Upstream upstream = upstream_at(server.endpoint());
  sink.then = [&](std::uint64_t token) {
    const auto given_up = ask(upstream, 1000 + token);
    if (token < 5) (void)ask(upstream, token + 1);
    transport.cancel(*given_up);
  };
  (void)exchange(upstream, 1);
  (void)await(5);
  EXPECT_EQ(sink.ends.size(), 5U);
}

TEST_F(TransportUdp, LargeRepliesArriveWhole) {
  FakeUpstream server(loop, [](const FakeQuery& query) -> FakeReply {
    Message large = answer_to(query);
    large.resize(60'000);
    return {.messages = {large}};
  });
  EXPECT_EQ(exchange(upstream_at(server.endpoint()), 1).message.size(), 60'000U);
}

TEST_F(TransportUdp, ManyInFlightAllEnd) {
  FakeUpstream server(loop);
  const Upstream upstream = upstream_at(server.endpoint());
  constexpr std::uint64_t kMany = 2000;
  for (std::uint64_t i = 0; i < kMany; ++i) {
    ASSERT_TRUE(ask(upstream, i));
    if (i % 50 == 0) loop.turn(0ms);  // the server's receive buffer is finite
  }
  EXPECT_TRUE(run_until(loop, [&] { return sink.ends.size() == kMany; })) << sink.ends.size();
}

}  // namespace
}  // namespace holdfast::test
