#include <algorithm>

#include "dns/header.h"
#include "tests/component/transport_rig.h"

namespace holdfast::test {
namespace {

FakeReply drop(const FakeQuery&) {
  return {};
}

Upstream tcp_upstream(const FakeUpstream& server) {
  return upstream_at(server.endpoint(), 1, TransportKind::tcp);
}

using TransportTcp = TransportRig;

TEST_F(TransportTcp, AnAnswerEndsTheExchangeWithItsMessage) {
  FakeUpstream server(loop);
  const Ended ended = exchange(tcp_upstream(server), 1);
  EXPECT_TRUE(ended.over_tcp);
  EXPECT_EQ(ended.message, answer_to(server.queries().at(0)));
  EXPECT_TRUE(server.queries()[0].tcp);
}

TEST_F(TransportTcp, TruncatedOverUdpIsWholeOverTcp) {
  FakeUpstream server(loop, [](const FakeQuery& query) -> FakeReply {
    if (!query.tcp) return {.messages = {truncated_reply_to(query)}};
    Message large = answer_to(query);
    large.resize(65'535);
    return {.messages = {large}};
  });
  const Upstream upstream = upstream_at(server.endpoint());
  EXPECT_TRUE(dns::Header::read(exchange(upstream, 1).message)->has(dns::flag::tc));
  EXPECT_EQ(exchange(upstream, 2, "www.example.org", true).message.size(), 65'535U);
}

TEST_F(TransportTcp, OneConnectionServesMany) {
  FakeUpstream server(loop);
  const Upstream upstream = tcp_upstream(server);
  for (std::uint64_t i = 0; i < 50; ++i)
    (void)exchange(upstream, i);
  EXPECT_EQ(server.accepted(), 1U);
  EXPECT_EQ(counted(upstream).tcp_connects.get(), 1U);
}

TEST_F(TransportTcp, QueriesArePipelinedAndAnsweredInAnyOrder) {
  FakeUpstream server(loop, drop);
  const Upstream upstream = tcp_upstream(server);
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(ask(upstream, i, "n" + std::to_string(i) + ".example"));
  }
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 20; }));
  EXPECT_EQ(server.accepted(), 1U);
  auto queries = server.queries();
  std::ranges::reverse(queries);
  for (const FakeQuery& query : queries)
    server.send(query, always_answer(query));
  for (std::uint64_t i = 0; i < 20; ++i) {
    const Ended ended = await(i);
    const auto asked = std::ranges::find_if(queries, [&](const FakeQuery& query) {
      return query.question == question("n" + std::to_string(i) + ".example");
    });
    EXPECT_EQ(ended.message, answer_to(*asked));
  }
}

TEST_F(TransportTcp, QueriesOfOneTurnAreOneSegment) {
  FakeUpstream server(loop);
  const Upstream upstream = tcp_upstream(server);
  ASSERT_FALSE(exchange(upstream, 0).message.empty());
  const unsigned before = server.segments();
  for (std::uint64_t i = 1; i <= 50; ++i)
    ASSERT_TRUE(ask(upstream, i));
  for (std::uint64_t i = 1; i <= 50; ++i)
    ASSERT_FALSE(await(i).message.empty());
  EXPECT_EQ(server.segments() - before, 1U);
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_F(TransportTcp, CaseIsNotRandomAndNotMinded) {
  FakeUpstream server(loop, [](FakeQuery query) -> FakeReply {
    query.question.name = query.question.name.lowered();
    return {.messages = {answer_to(query)}};
  });
  EXPECT_FALSE(exchange(tcp_upstream(server), 1, "WWW.Example.ORG").message.empty());
  EXPECT_TRUE(server.queries().at(0).question.name.same_case(question("WWW.Example.ORG").name));
}

TEST_F(TransportTcp, WhatDoesNotMatchIsIgnoredAndCounted) {
  FakeUpstream server(loop, [](const FakeQuery& query) -> FakeReply {
    FakeQuery wrong_id = query;
    wrong_id.id ^= 1U;
    FakeQuery other = query;
    other.question = question("www.example.net");
    return {.messages = {answer_to(wrong_id), answer_to(other), answer_to(query)}};
  });
  const Upstream upstream = tcp_upstream(server);
  const Ended ended = exchange(upstream, 1);
  EXPECT_EQ(ended.message, answer_to(server.queries().at(0)));
  EXPECT_EQ(counted(upstream).ignored_wrong_id.get(), 1U);
  EXPECT_EQ(counted(upstream).ignored_wrong_question.get(), 1U);
}

TEST_F(TransportTcp, AFrameInPiecesIsPutTogether) {
  FakeUpstream server(loop, drop);
  ASSERT_TRUE(ask(tcp_upstream(server), 1));
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 1; }));
  const FakeQuery query = server.queries()[0];
  const Message answer = answer_to(query);
  server.send(query, {.raw = {0}});
  settle();
  server.send(query, {.raw = {static_cast<std::uint8_t>(answer.size()), answer[0]}});
  settle();
  EXPECT_TRUE(sink.ends.empty());
  server.send(query, {.raw = {answer.begin() + 1, answer.end()}});
  EXPECT_EQ(await(1).message, answer);
}

TEST_F(TransportTcp, ARefusedConnectionEndsTheExchange) {
  FakeUpstream server(loop, always_answer, FakeUpstream::Listens::udp);
  ASSERT_TRUE(ask(tcp_upstream(server), 1));
  EXPECT_TRUE(sink.ends.empty()) << "never from inside start()";
  EXPECT_EQ(await(1).failure, Outcome::connection_refused);
}

TEST_F(TransportTcp, TheNextAddressIsTakenWhereOneRefuses) {
  FakeUpstream dead(loop, always_answer, FakeUpstream::Listens::udp);
  FakeUpstream server(loop);
  Upstream upstream = tcp_upstream(dead);
  upstream.endpoints.push_back(server.endpoint());
  (void)exchange(upstream, 1);  // some kernels say so at once, others later
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
}

TEST_F(TransportTcp, AConnectionClosedInsteadOfAnsweringIsClosed) {
  FakeUpstream server(loop, [](const FakeQuery&) -> FakeReply { return {.close = true}; });
  const Ended ended = exchange(tcp_upstream(server), 1);
  EXPECT_EQ(ended.failure, Outcome::closed);
  EXPECT_EQ(server.accepted(), 1U) << "a first connection is not tried again";
}

TEST_F(TransportTcp, AConnectionClosedInMidFrameIsClosed) {
  FakeUpstream server(loop, [](const FakeQuery& query) -> FakeReply {
    Message half = answer_to(query);
    half.insert(half.begin(), {0, static_cast<std::uint8_t>(half.size())});
    half.resize(half.size() / 2);
    return {.raw = half, .close = true};
  });
  EXPECT_EQ(exchange(tcp_upstream(server), 1).failure, Outcome::closed);
}

TEST_F(TransportTcp, WhatWasOnAKeptConnectionIsSentAgainOnce) {
  FakeUpstream server(loop);
  const Upstream upstream = tcp_upstream(server);
  (void)exchange(upstream, 1);
  server.handle([&](const FakeQuery& query) -> FakeReply {
    if (query.connection == 1) return {.close = true};
    return always_answer(query);
  });
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
  EXPECT_EQ(server.accepted(), 2U);
  EXPECT_EQ(server.queries().size(), 3U);
}

TEST_F(TransportTcp, ItIsNotSentAThirdTime) {
  FakeUpstream server(loop);
  const Upstream upstream = tcp_upstream(server);
  (void)exchange(upstream, 1);
  server.handle([](const FakeQuery&) -> FakeReply { return {.close = true}; });
  EXPECT_EQ(exchange(upstream, 2).failure, Outcome::closed);
  EXPECT_EQ(server.queries().size(), 3U);
}

TEST_F(TransportTcp, AServerThatRestartsLosesNothing) {
  FakeUpstream server(loop);
  const Upstream upstream = tcp_upstream(server);
  (void)exchange(upstream, 1);
  server.close_connections();  // idle: nobody notices
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
}

TEST_F(TransportTcp, GarbageIsMalformed) {
  const auto garbage = [](const Message& bytes) {
    return [bytes](const FakeQuery&) -> FakeReply { return {.raw = bytes}; };
  };
  FakeUpstream server(loop, garbage({0, 3, 1, 2, 3}));  // a frame shorter than a header
  const Upstream upstream = tcp_upstream(server);
  EXPECT_EQ(exchange(upstream, 1).failure, Outcome::malformed);
  server.handle([](const FakeQuery& query) -> FakeReply { return {.messages = {query.message}}; });
  EXPECT_EQ(exchange(upstream, 2).failure, Outcome::malformed) << "an echo";
  server.handle(always_answer);
  EXPECT_FALSE(exchange(upstream, 3).message.empty());
}

TEST_F(TransportTcp, MoreInFlightThanOneConnectionTakesOpensAnother) {
  FakeUpstream server(loop, drop);
  const Upstream upstream = tcp_upstream(server);
  for (std::uint64_t i = 0; i < 800; ++i)
    ASSERT_TRUE(ask(upstream, i)) << i;
  EXPECT_FALSE(ask(upstream, 800)) << "4 connections of 200";
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 800; }));
  EXPECT_EQ(server.accepted(), 4U);
  for (const FakeQuery& query : server.queries())
    server.send(query, always_answer(query));
  EXPECT_TRUE(run_until(loop, [&] { return sink.ends.size() == 800; }));
}

TEST_F(TransportTcp, ACancelledExchangeIsSilent) {
  FakeUpstream server(loop, drop);
  const Upstream upstream = tcp_upstream(server);
  const auto id = ask(upstream, 1);
  ASSERT_TRUE(run_until(loop, [&] { return !server.queries().empty(); }));
  transport.cancel(*id);
  transport.cancel(*id);
  server.send(server.queries()[0], always_answer(server.queries()[0]));
  ASSERT_TRUE(run_until(loop, [&] { return counted(upstream).ignored_wrong_id.get() == 1; }));
  EXPECT_TRUE(sink.ends.empty());
}

TEST_F(TransportTcp, CancelledWhileConnectingIsSilentToo) {
  FakeUpstream server(loop);
  transport.cancel(*ask(tcp_upstream(server), 1));
  settle();
  EXPECT_TRUE(sink.ends.empty());
}

TEST_F(TransportTcp, ASilentConnectionIsNotTrustedForLong) {
  FakeUpstream server(loop, [](const FakeQuery& query) -> FakeReply {
    return query.connection == 1 ? FakeReply{} : always_answer(query);
  });
  const Upstream upstream = tcp_upstream(server);
  for (std::uint64_t i = 0; i < 3; ++i)
    transport.cancel(*ask(upstream, i));
  EXPECT_FALSE(exchange(upstream, 10).message.empty());
}

TEST_F(TransportTcp, ASinkMayStartAndCancelFromItsCall) {
  FakeUpstream server(loop);
  const Upstream upstream = tcp_upstream(server);
  sink.then = [&](std::uint64_t token) {
    const auto given_up = ask(upstream, 1000 + token);
    if (token < 5) (void)ask(upstream, token + 1);
    transport.cancel(*given_up);
    if (token == 3) transport.retire(upstream.id);
  };
  (void)exchange(upstream, 1);
  (void)await(5);
  EXPECT_EQ(sink.ends.size(), 5U);
}

TEST_F(TransportTcp, AResetEndsConnectionsAndStartsAnew) {
  FakeUpstream server(loop, drop);
  const Upstream upstream = tcp_upstream(server);
  ASSERT_TRUE(ask(upstream, 1));
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 1; }));
  transport.reset(upstream.id);
  EXPECT_TRUE(sink.ends.empty());
  EXPECT_EQ(await(1).failure, Outcome::no_socket);
  server.handle(always_answer);
  EXPECT_FALSE(exchange(upstream, 2).message.empty());
  EXPECT_EQ(server.accepted(), 2U);
}

TEST_F(TransportTcp, ARetiredUpstreamKeepsNoConnection) {
  FakeUpstream server(loop);
  (void)exchange(tcp_upstream(server), 1);
  transport.retire(UpstreamId{1});
  EXPECT_TRUE(run_until(loop, [&] { return server.connections() == 0; }));
  EXPECT_EQ(transport.open_sockets(), 0U);
}

TEST_F(TransportTcp, DescriptorsDoNotGrow) {
  FakeUpstream server(loop);
  const Upstream upstream = tcp_upstream(server);
  (void)exchange(upstream, 0);
  const std::size_t before = open_descriptors();
  for (std::uint64_t i = 1; i < 200; ++i) {
    if (i % 10 == 0) server.close_connections();
    (void)exchange(upstream, i);
  }
  EXPECT_TRUE(run_until(loop, [&] { return open_descriptors() <= before + 2; }));
}

class ImpatientTcp : public TransportRig {
 protected:
  ImpatientTcp() : TransportRig({.udp = {}, .tcp = {.idle = 100ms, .connect = 100ms}}) {}
};

TEST_F(ImpatientTcp, AnIdleConnectionIsClosed) {
  FakeUpstream server(loop);
  (void)exchange(tcp_upstream(server), 1);
  EXPECT_TRUE(run_until(loop, [&] { return server.connections() == 0; }));
  EXPECT_EQ(transport.open_sockets(), 0U);
}

}  // namespace
}  // namespace holdfast::test
