// DNS cookies and guessed replies on real sockets: what goes out, what is believed, what is left to
// TCP.
#include <array>
#include <set>
#include <string>

#include "dns/edns.h"
#include "dns/message_view.h"
#include "tests/component/transport_rig.h"

namespace holdfast::test {
namespace {

using Cookie = std::string;

/// The cookie of a query, "" without.
Cookie cookie_of(const FakeQuery& query) {
  const auto edns = dns::find_edns(query.message);
  return edns ? Cookie(edns->cookie.begin(), edns->cookie.end()) : Cookie();
}

/// The message with an OPT, which has this cookie unless that is "".
Message with_opt(Message message, const Cookie& cookie, dns::Rcode rcode = dns::Rcode::noerror) {
  const std::vector<std::uint8_t> bytes(cookie.begin(), cookie.end());
  dns::OptRecord opt;
  opt.rcode = rcode;
  opt.cookie = bytes;
  std::array<std::uint8_t, 100> room{};
  dns::WireWriter writer(room);
  opt.write(writer);
  const auto written = writer.written();
  message.insert(message.end(), written.begin(), written.end());
  message[11] = 1;  // ARCOUNT
  return message;
}

FakeReply with_cookie(const FakeQuery& query, const std::string& server_cookie) {
  return {.messages = {with_opt(answer_to(query), cookie_of(query).substr(0, 8) + server_cookie)}};
}

FakeReply drop(const FakeQuery&) {
  return {};
}

class Cookies : public TransportRig {
 protected:
  Cookies() : server(loop), upstream(upstream_at(server.endpoint())) {
    server.handle([](const FakeQuery& query) { return with_cookie(query, "server-1"); });
  }

  [[nodiscard]] Cookie last_sent() const { return cookie_of(server.queries().back()); }

  std::uint64_t next = 1;
  FakeUpstream server;
  Upstream upstream;

  Ended ask_once(const Upstream& whom) { return exchange(whom, next++); }

  Ended ask_once() { return ask_once(upstream); }
};

TEST_F(Cookies, TheServersCookieIsLearntAndSentBack) {
  EXPECT_FALSE(ask_once().message.empty());
  const Cookie client = last_sent();
  EXPECT_EQ(client.size(), 8U);
  (void)ask_once();
  EXPECT_EQ(last_sent(), client + "server-1");
  server.handle([](const FakeQuery& query) { return with_cookie(query, "a longer cookie"); });
  (void)ask_once();
  (void)ask_once();
  EXPECT_EQ(last_sent(), client + "a longer cookie") << "and on whatever port";
  EXPECT_EQ(counted(upstream).cookie_replies.get(), 4U);
}

TEST_F(Cookies, EachUpstreamIsShownAnother) {
  FakeUpstream other(loop);
  std::set<Cookie> seen;
  (void)ask_once();
  seen.insert(last_sent());
  (void)ask_once(upstream_at(other.endpoint(), 2));
  seen.insert(cookie_of(other.queries().back()));
  transport.reset(upstream.id);  // the network changed
  (void)ask_once();
  seen.insert(last_sent());
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen.begin()->size(), 8U);
}

TEST_F(Cookies, NoneGoesOutWithoutEdnsOrOverTcp) {
  (void)ask_once();
  ExchangeRequest request;
  request.question = question("www.example.org");
  request.edns = false;
  ASSERT_TRUE(transport.start(upstream, request, sink, 100, loop.now()));
  EXPECT_FALSE(await(100).message.empty()) << "nor is one missed then";
  EXPECT_EQ(last_sent(), "");
  EXPECT_FALSE(exchange(upstream, 101, "www.example.org", true).message.empty());
  EXPECT_EQ(last_sent(), "");
}

TEST_F(Cookies, AReplyWithoutOneIsNotBelievedOnceTheyAreKnown) {
  server.handle(always_answer);
  EXPECT_FALSE(ask_once().message.empty()) << "until then it is";
  server.handle([](const FakeQuery& query) { return with_cookie(query, "server-1"); });
  (void)ask_once();
  server.handle(always_answer);
  const Ended ended = ask_once();
  EXPECT_TRUE(ended.message.empty());
  EXPECT_EQ(ended.failure, Outcome::no_cookie);
}

TEST_F(Cookies, AForgedOneIsIgnoredAndCounted) {
  server.handle([](const FakeQuery& query) -> FakeReply {
    Cookie forged = cookie_of(query).substr(0, 8) + "server-1";
    forged[0] = static_cast<char>(forged[0] ^ 1);
    const FakeReply good = with_cookie(query, "server-1");
    return {.messages = {with_opt(answer_to(query, 300, 0x06060606), forged), good.messages[0]}};
  });
  const Ended ended = ask_once();
  EXPECT_EQ(ended.message, with_cookie(server.queries().back(), "server-1").messages[0]);
  EXPECT_EQ(counted(upstream).ignored_wrong_cookie.get(), 1U);
}

TEST_F(Cookies, ABadCookieReplyBringsTheNextOne) {
  server.handle([](const FakeQuery& query) -> FakeReply {
    if (cookie_of(query).ends_with("server-2")) return with_cookie(query, "server-2");
    return {
        .messages = {with_opt(reply_to(query, static_cast<dns::Rcode>(7)),
                              cookie_of(query).substr(0, 8) + "server-2", dns::Rcode::badcookie)}};
  });
  const Ended refused = ask_once();
  EXPECT_EQ(dns::MessageView::parse(refused.message).rcode(), dns::Rcode::badcookie);
  const Ended accepted = ask_once();
  EXPECT_EQ(dns::MessageView::parse(accepted.message).rcode(), dns::Rcode::noerror);
}

TEST_F(Cookies, OneThatRefusesThemIsAskedWithout) {
  server.handle([](const FakeQuery& query) -> FakeReply {
    if (cookie_of(query).empty()) return always_answer(query);
    return {.messages = {with_opt(reply_to(query, dns::Rcode::formerr), "")}};
  });
  EXPECT_EQ(ask_once().failure, Outcome::formerr_edns);
  EXPECT_FALSE(ask_once().message.empty());
  EXPECT_TRUE(dns::find_edns(server.queries().back().message)) << "EDNS it does do";
}

/// Twenty and more datagrams that answer nothing.
class Guessed : public Cookies {
 protected:
  static FakeReply guesses(const FakeQuery& query, unsigned count) {
    FakeReply reply;
    for (unsigned i = 1; i <= count; ++i) {
      FakeQuery guess = query;
      guess.id = static_cast<std::uint16_t>(query.id + i);
      reply.messages.push_back(answer_to(guess));
    }
    return reply;
  }

  void expect_ignored(std::uint64_t count) {
    ASSERT_TRUE(run_until(loop, [&] { return counted(upstream).ignored_wrong_id.get() == count; }));
  }
};

TEST_F(Guessed, TwentyWrongIdsAreLeftToTcp) {
  server.handle([](const FakeQuery& query) { return guesses(query, 20); });
  const Ended ended = ask_once();
  EXPECT_TRUE(ended.message.empty());
  EXPECT_EQ(ended.failure, Outcome::spoofed);
  EXPECT_EQ(ended.times, 1U);
}

TEST_F(Guessed, FewerAreIgnored) {
  server.handle([](const FakeQuery& query) { return guesses(query, 19); });
  ASSERT_TRUE(ask(upstream, 1));
  expect_ignored(19);
  server.send(server.queries()[0], {.messages = {answer_to(server.queries()[0])}});
  EXPECT_FALSE(await(1).message.empty());
}

TEST_F(Guessed, WhateverPortTheyCameTo) {
  server.handle(drop);
  for (std::uint64_t i = 0; i < 20; ++i)
    ASSERT_TRUE(ask(upstream, i, "n" + std::to_string(i) + ".example"));
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 20; }));
  for (const FakeQuery& query : server.queries())
    server.send(query, guesses(query, 1));
  for (std::uint64_t i = 0; i < 20; ++i)
    EXPECT_EQ(await(i).failure, Outcome::spoofed);
}

TEST_F(Guessed, WhatBeganLaterHasSeenFewer) {
  server.handle(drop);
  ASSERT_TRUE(ask(upstream, 1));
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 1; }));
  const FakeQuery first = server.queries()[0];
  server.send(first, guesses(first, 10));
  expect_ignored(10);
  ASSERT_TRUE(ask(upstream, 2, "other.example"));
  server.send(first, guesses(first, 10));
  EXPECT_EQ(await(1).failure, Outcome::spoofed);
  settle();
  EXPECT_FALSE(sink.ends.contains(2));
}

TEST_F(Guessed, DuplicatesAreNoGuesses) {
  server.handle([](const FakeQuery& query) -> FakeReply {
    if (query.question.name == question("slow.example").name) return {};
    return {.messages = {answer_to(query), answer_to(query)}};
  });
  ASSERT_TRUE(ask(upstream, 100, "slow.example"));
  for (std::uint64_t i = 1; i <= 30; ++i) {
    (void)exchange(upstream, i);
    expect_ignored(i);
  }
  EXPECT_FALSE(sink.ends.contains(100));
}

TEST_F(Guessed, LateRepliesAreNoGuesses) {
  server.handle(drop);
  std::vector<ExchangeId> given_up;
  for (std::uint64_t i = 0; i < 40; ++i)
    given_up.push_back(*ask(upstream, i));
  ASSERT_TRUE(run_until(loop, [&] { return server.queries().size() == 40; }));
  const std::vector<FakeQuery> late = server.queries();
  ASSERT_TRUE(ask(upstream, 100, "other.example"));
  for (const ExchangeId id : given_up)
    transport.cancel(id);
  for (const FakeQuery& query : late)
    server.send(query, {.messages = {answer_to(query)}});
  expect_ignored(40);
  settle();
  EXPECT_FALSE(sink.ends.contains(100));
}

}  // namespace
}  // namespace holdfast::test
