// The CNAME chain through an answer.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dns/normalise.h"
#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::ip4;
using test::MessageBuilder;
using test::name;
using test::Raw;
using test::rrsig;
using test::soa;
using Lines = std::vector<std::string>;

std::vector<std::uint8_t> g_buffer(65535);

std::optional<NormalisedAnswer> run(const MessageBuilder& reply, bool dnssec_ok = false) {
  const Raw message = reply.build();
  const MessageView view = MessageView::parse(as_bytes(message));
  EXPECT_TRUE(view.ok());
  return normalise(view, dnssec_ok, g_buffer);
}

MessageBuilder ask(const char* text, RrType type = RrType::a, unsigned rcode = 0) {
  MessageBuilder builder(1, flag::qr | flag::ra | rcode);
  builder.question(text, type);
  return builder;
}

MessageBuilder& alias(MessageBuilder& builder, const std::string& from, const std::string& to) {
  return builder.answer(from, RrType::cname, 60, name(to));
}

TEST(Chain, IsFollowedInAnyOrderAndWrittenInItsOwn) {
  const std::vector<std::string> hops = {"a.org", "b.org", "c.org", "d.org"};
  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    MessageBuilder reply = ask("a.org");
    for (const std::size_t i : order) {
      if (i == 3) {
        reply.answer("d.org", RrType::a, 30, ip4(192, 0, 2, 1));
      } else {
        alias(reply, hops[i], hops[i + 1]);
      }
    }
    const auto answer = run(reply);
    ASSERT_TRUE(answer);
    EXPECT_EQ(test::lines_of(answer->message),
              (Lines{"answer a.org CNAME 60 b.org", "answer b.org CNAME 60 c.org",
                     "answer c.org CNAME 60 d.org", "answer d.org A 30 c0000201"}));
    EXPECT_EQ(answer->kind, AnswerKind::positive);
    EXPECT_EQ(answer->ttl, 30U);
    EXPECT_EQ(answer->last_name, *Name::parse("d.org"));
    EXPECT_FALSE(answer->chain_open);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Chain, IgnoresAliasesThatAreNotOnIt) {
  MessageBuilder reply = ask("a.org");
  alias(reply, "x.org", "y.org");
  alias(reply, "a.org", "b.org");
  alias(reply, "a.org", "z.org");  // a second one: no zone may have it (RFC 2181 10.1)
  reply.answer("b.org", RrType::a, 60, ip4(192, 0, 2, 1));
  reply.answer("z.org", RrType::a, 60, ip4(192, 0, 2, 9));
  EXPECT_EQ(test::lines_of(run(reply)->message),
            (Lines{"answer a.org CNAME 60 b.org", "answer b.org A 60 c0000201"}));
}

TEST(Chain, MayEndOpen) {
  MessageBuilder reply = ask("a.org");
  alias(reply, "a.org", "b.com");
  const auto answer = run(reply);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, AnswerKind::nodata);
  EXPECT_TRUE(answer->chain_open);
  EXPECT_EQ(answer->last_name, *Name::parse("b.com"));
  EXPECT_EQ(answer->ttl, 60U);
}

TEST(Chain, AnSoaAtItsEndClosesIt) {
  MessageBuilder nodata = ask("a.org");
  alias(nodata, "a.org", "b.com").authority("com", RrType::soa, 300, soa("com", 30));
  const auto closed = run(nodata);
  EXPECT_EQ(closed->kind, AnswerKind::nodata);
  EXPECT_FALSE(closed->chain_open);
  EXPECT_TRUE(closed->has_soa);
  EXPECT_EQ(closed->ttl, 30U);

  MessageBuilder foreign = ask("a.org");
  alias(foreign, "a.org", "b.com").authority("org", RrType::soa, 300, soa("org", 30));
  EXPECT_TRUE(run(foreign)->chain_open);
}

TEST(Chain, NxdomainBelongsToItsLastName) {
  MessageBuilder reply = ask("a.org", RrType::a, 3);
  alias(reply, "a.org", "b.com").authority("com", RrType::soa, 300, soa("com", 300));
  const auto answer = run(reply);
  EXPECT_EQ(answer->kind, AnswerKind::nxdomain);
  EXPECT_EQ(answer->last_name, *Name::parse("b.com"));
  EXPECT_FALSE(answer->chain_open);
  EXPECT_EQ(answer->ttl, 60U);
}

TEST(Chain, LoopsAreRefused) {
  MessageBuilder self = ask("a.org");
  EXPECT_FALSE(run(alias(self, "a.org", "A.org")));
  MessageBuilder ring = ask("a.org");
  alias(ring, "a.org", "b.org");
  alias(ring, "b.org", "c.org");
  EXPECT_FALSE(run(alias(ring, "c.org", "b.org")));
}

TEST(Chain, HasABound) {
  const auto links = [](int count) {
    MessageBuilder reply = ask("n0");
    for (int i = 0; i < count; ++i)
      alias(reply, "n" + std::to_string(i), "n" + std::to_string(i + 1));
    reply.answer("n" + std::to_string(count), RrType::a, 60, ip4(192, 0, 2, 1));
    return run(reply);
  };
  ASSERT_TRUE(links(24));
  EXPECT_EQ(links(24)->kind, AnswerKind::positive);
  EXPECT_FALSE(links(25));
}

TEST(Chain, BrokenTargetIsRefused) {
  EXPECT_FALSE(run(ask("a").answer("a", RrType::cname, 60, "\5abc")));
  EXPECT_FALSE(run(ask("a").answer("a", RrType::cname, 60, name("b") + "x")));
  EXPECT_FALSE(run(ask("a").answer("a", RrType::cname, 60, "")));
}

TEST(Chain, QuestionsForCnameStayAtTheName) {
  MessageBuilder reply = ask("a.org", RrType::cname);
  alias(reply, "a.org", "b.org");
  alias(reply, "b.org", "c.org");
  const auto answer = run(reply);
  EXPECT_EQ(test::lines_of(answer->message), Lines{"answer a.org CNAME 60 b.org"});
  EXPECT_EQ(answer->kind, AnswerKind::positive);
  EXPECT_FALSE(answer->chain_open);
  EXPECT_EQ(answer->last_name, *Name::parse("a.org"));
}

TEST(Chain, StopsWhereTheAskedTypeIs) {
  MessageBuilder reply = ask("a.org");
  alias(reply, "a.org", "b.org").answer("a.org", RrType::a, 60, ip4(192, 0, 2, 1));
  EXPECT_EQ(test::lines_of(run(reply)->message), Lines{"answer a.org A 60 c0000201"});
}

TEST(Chain, KeepsTheDnameThatExplainsALink) {
  MessageBuilder reply = ask("www.old.org");
  reply.answer("old.org", RrType::dname, 600, name("new.example"));
  alias(reply, "www.old.org", "www.new.example");
  reply.answer("www.new.example", RrType::a, 60, ip4(192, 0, 2, 1));
  reply.answer("old.org", RrType::rrsig, 600, rrsig(RrType::dname, "org"));
  reply.answer("new.example", RrType::dname, 600, name("elsewhere"));  // explains nothing
  reply.answer("org", RrType::dname, 600, name("wrong.example"));
  EXPECT_EQ(
      test::lines_of(run(reply)->message),
      (Lines{"answer old.org DNAME 600 new.example", "answer www.old.org CNAME 60 www.new.example",
             "answer www.new.example A 60 c0000201"}));
  EXPECT_EQ(test::lines_of(run(reply, true)->message).size(), 4U);
}

TEST(Chain, SignaturesOfItsLinksGoAlong) {
  MessageBuilder reply = ask("a.org");
  alias(reply, "a.org", "b.org");
  reply.answer("a.org", RrType::rrsig, 60, rrsig(RrType::cname, "org"));
  reply.answer("x.org", RrType::rrsig, 60, rrsig(RrType::cname, "org"));
  reply.answer("b.org", RrType::a, 60, ip4(192, 0, 2, 1));
  EXPECT_EQ(test::lines_of(run(reply)->message).size(), 2U);
  EXPECT_EQ(test::lines_of(run(reply, true)->message).size(), 3U);
}

TEST(Chain, SurvivesAReplyFullOfAliases) {
  MessageBuilder reply = ask("n0.a");
  for (int i = 0; i < 1500; ++i)
    alias(reply, "x" + std::to_string(i % 700) + ".a", "y.a");
  alias(reply, "n0.a", "n1.a");
  ASSERT_TRUE(run(reply));
  EXPECT_TRUE(run(reply)->chain_open);
}

}  // namespace
}  // namespace holdfast::dns
