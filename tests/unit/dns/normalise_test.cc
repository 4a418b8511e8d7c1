// What is kept of a reply, and how it is written. The CNAME chain has its own file.
#include "dns/normalise.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::as_raw;
using test::ip4;
using test::MessageBuilder;
using test::name;
using test::pointer;
using test::Raw;
using test::rrsig;
using test::soa;
using Lines = std::vector<std::string>;

std::vector<std::uint8_t> g_buffer(65535);

std::optional<NormalisedAnswer> run(const MessageBuilder& reply, bool dnssec_ok = false) {
  const Raw message = reply.build();
  const MessageView view = MessageView::parse(as_bytes(message));
  EXPECT_TRUE(view.ok());
  auto answer = normalise(view, dnssec_ok, g_buffer);
  EXPECT_TRUE(!answer || MessageView::parse(answer->message).ok());
  return answer;
}

Lines kept(const MessageBuilder& reply, bool dnssec_ok = false) {
  const auto answer = run(reply, dnssec_ok);
  if (!answer) return {"malformed"};
  return test::lines_of(answer->message);
}

MessageBuilder ask(const char* text, RrType type = RrType::a, unsigned rcode = 0) {
  MessageBuilder builder(1, flag::qr | flag::rd | flag::ra | rcode);
  builder.question(text, type);
  return builder;
}

TEST(Normalise, KeepsThePlainAnswer) {
  const auto answer =
      run(ask("www.example.org").answer("www.example.org", RrType::a, 300, ip4(192, 0, 2, 1)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(test::lines_of(answer->message), Lines{"answer www.example.org A 300 c0000201"});
  EXPECT_EQ(answer->kind, AnswerKind::positive);
  EXPECT_EQ(answer->ttl, 300U);
  EXPECT_FALSE(answer->has_soa);
  EXPECT_EQ(answer->last_name, *Name::parse("www.example.org"));
  EXPECT_FALSE(answer->chain_open);
  EXPECT_FALSE(answer->holds_private_address);
}

TEST(Normalise, TakesSixteenBytesForAnAddress) {
  auto reply = ask("www.example.org");
  for (unsigned i = 0; i < 10; ++i)
    reply.answer("WWW.example.org", RrType::a, 300, ip4(192, 0, 2, i));
  EXPECT_EQ(run(reply)->message.size(), 12U + 17 + 4 + 10 * 16);
}

TEST(Normalise, CompressesAgainstQuestionAndTargets) {
  const auto answer =
      run(ask("www.example.org")
              .answer("www.example.org", RrType::cname, 60, name("edge.example.org"))
              .answer("edge.example.org", RrType::a, 60, ip4(192, 0, 2, 1)));
  ASSERT_TRUE(answer);
  const Raw expected =
      MessageBuilder(0, flag::qr | flag::rd | flag::ra)
          .question("www.example.org")
          .raw(test::record(pointer(12), RrType::cname, 60, "\4edge" + pointer(16)))
          .raw(test::record(pointer(45), RrType::a, 60, ip4(192, 0, 2, 1)))
          .count(1, 2)
          .build();
  EXPECT_EQ(as_raw(answer->message), expected);
}

TEST(Normalise, WritesNamesOutWhereTheyMayNotBeCompressed) {
  MessageBuilder reply = ask("_sip._udp.example.org", RrType::srv);
  reply.raw(test::record(pointer(12), RrType::srv, 60, Raw(6, '\1') + "\2sv" + pointer(22)))
      .count(1, 1);
  const auto answer = run(reply);
  ASSERT_TRUE(answer);
  EXPECT_EQ(test::lines_of(answer->message),
            Lines{"answer _sip._udp.example.org SRV 60 010101010101 sv.example.org"});
  EXPECT_EQ(as_raw(answer->message.last(16)), name("sv.example.org"));
}

TEST(Normalise, KeepsUnknownTypesAsBytes) {
  EXPECT_EQ(kept(ask("a", RrType{1000}).answer("a", RrType{1000}, 60, Raw("\0\1\xc0\xff", 4))),
            Lines{"answer a TYPE1000 60 0001c0ff"});
}

TEST(Normalise, DropsWhatIsForeign) {
  const auto reply =
      ask("www.example.org")
          .answer("evil.example", RrType::a, 9, ip4(203, 0, 113, 6))
          .answer("www.example.org", RrType::a, 300, ip4(192, 0, 2, 1))
          .answer("www.example.org", RrType::txt, 9, "\1x")
          .answer("www.example.org", RrType::rrsig, 9, rrsig(RrType::a, "example.org"))
          .answer("example.org", RrType::a, 9, ip4(203, 0, 113, 7))
          .authority("example.org", RrType::ns, 9, name("ns.example.org"))
          .authority("example.org", RrType::soa, 9, soa("example.org", 9))
          .additional("ns.example.org", RrType::a, 9, ip4(203, 0, 113, 8))
          .opt(test::opt());
  EXPECT_EQ(kept(reply), Lines{"answer www.example.org A 300 c0000201"});
  EXPECT_EQ(run(reply)->ttl, 300U);
}

TEST(Normalise, DropsOtherClasses) {
  MessageBuilder reply = ask("a");
  reply.raw(test::record(pointer(12), RrType::a, 9, ip4(1, 2, 3, 4), RrClass::ch)).count(1, 1);
  EXPECT_EQ(kept(reply), Lines{});
}

TEST(Normalise, ComparesOwnersWithoutCase) {
  EXPECT_EQ(
      kept(ask("wWw.Example.org").answer("WWW.eXAMPLE.ORG", RrType::a, 60, ip4(192, 0, 2, 1))),
      Lines{"answer wWw.Example.org A 60 c0000201"});
}

TEST(Normalise, EqualisesTtlsOfAnRrsetAndDropsDuplicates) {
  const auto answer = run(ask("a")
                              .answer("a", RrType::a, 300, ip4(192, 0, 2, 1))
                              .answer("a", RrType::a, 60, ip4(192, 0, 2, 2))
                              .answer("a", RrType::a, 30, ip4(192, 0, 2, 1))
                              .answer("a", RrType::a, 200, ip4(192, 0, 2, 3)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(test::lines_of(answer->message),
            (Lines{"answer a A 30 c0000201", "answer a A 30 c0000202", "answer a A 30 c0000203"}));
  EXPECT_EQ(answer->ttl, 30U);
}

TEST(Normalise, DuplicatesInNamesHaveNoCase) {
  EXPECT_EQ(kept(ask("a", RrType::ns)
                     .answer("a", RrType::ns, 60, name("ns.a"))
                     .answer("a", RrType::ns, 60, name("NS.A"))
                     .answer("a", RrType::ns, 60, name("ns2.a"))),
            (Lines{"answer a NS 60 ns.a", "answer a NS 60 ns2.a"}));
}

TEST(Normalise, FindsTheDuplicatesAmongThousands) {
  constexpr unsigned kAddresses = 1800;
  MessageBuilder reply = ask("a");
  for (unsigned i = 0; i < 2 * kAddresses; ++i) {
    const unsigned n = i % kAddresses;
    reply.answer("a", RrType::a, 60 + i, ip4(192, 0, n / 256, n % 256));
  }
  const auto answer = run(reply);
  ASSERT_TRUE(answer);
  EXPECT_EQ(Header::read(answer->message)->ancount, kAddresses);
  EXPECT_EQ(answer->ttl, 60U);
}

TEST(Normalise, TopBitTtlIsZero) {
  EXPECT_EQ(kept(ask("a").answer("a", RrType::a, 0x80000000, ip4(192, 0, 2, 1))),
            Lines{"answer a A 0 c0000201"});
}

TEST(Normalise, KeepsSignaturesForWhoAsked) {
  const auto reply = ask("a.org")
                         .answer("a.org", RrType::a, 300, ip4(192, 0, 2, 1))
                         .answer("a.org", RrType::rrsig, 60, rrsig(RrType::a, "org"))
                         .answer("a.org", RrType::rrsig, 60, rrsig(RrType::aaaa, "org"));
  EXPECT_EQ(kept(reply).size(), 1U);
  const Lines with = kept(reply, true);
  ASSERT_EQ(with.size(), 2U);
  EXPECT_EQ(with[0], "answer a.org A 60 c0000201");  // a signature's TTL is its RRset's
  EXPECT_TRUE(with[1].starts_with("answer a.org RRSIG 60 0001")) << with[1];
  EXPECT_EQ(
      kept(ask("a.org", RrType::rrsig).answer("a.org", RrType::rrsig, 60, rrsig(RrType::a, "org")))
          .size(),
      1U);
}

TEST(Normalise, KnowsWhenTheFirstSignatureExpires) {
  const auto until = [](std::uint32_t a, std::uint32_t b, bool dnssec_ok) {
    return run(ask("a.org")
                   .answer("a.org", RrType::a, 300, ip4(192, 0, 2, 1))
                   .answer("a.org", RrType::rrsig, 300, rrsig(RrType::a, "org", a))
                   .answer("a.org", RrType::rrsig, 300, rrsig(RrType::a, "a.org", b))
                   .answer("b.org", RrType::rrsig, 300, rrsig(RrType::a, "org", 1)),
               dnssec_ok)
        ->signed_until;
  };
  EXPECT_EQ(until(2000000000, 1900000000, true), 1900000000U);
  EXPECT_EQ(until(1900000000, 2000000000, true), 1900000000U);
  EXPECT_EQ(until(0xfffffff0, 5, true), 0xfffffff0U);  // across 2106
  EXPECT_EQ(until(1900000000, 2000000000, false), std::nullopt);
}

TEST(Normalise, NegativeAnswersKeepTheSoaThatEncloses) {
  for (const unsigned rcode : {0U, 3U}) {
    const auto answer =
        run(ask("x.example.org", RrType::a, rcode)
                .authority("example.com", RrType::soa, 9, soa("example.com", 9))
                .authority("example.org", RrType::ns, 9, name("ns.example.org"))
                .authority("example.org", RrType::soa, 3600, soa("example.org", 300))
                .authority("org", RrType::soa, 9, soa("org", 9)));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->kind, rcode == 3 ? AnswerKind::nxdomain : AnswerKind::nodata);
    EXPECT_TRUE(answer->has_soa);
    EXPECT_EQ(answer->ttl, 300U);
    const Lines lines = test::lines_of(answer->message);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(
        lines[0].starts_with("authority example.org SOA 300 ns.example.org root.example.org "))
        << lines[0];
    EXPECT_EQ(MessageView::parse(answer->message).rcode(),
              Rcode{static_cast<std::uint16_t>(rcode)});
  }
}

TEST(Normalise, NegativeTtlIsTheSmaller) {
  const auto ttl = [](std::uint32_t of_soa, std::uint32_t minimum) {
    return run(ask("x.org").authority("org", RrType::soa, of_soa, soa("org", minimum)))->ttl;
  };
  EXPECT_EQ(ttl(60, 300), 60U);
  EXPECT_EQ(ttl(300, 60), 60U);
  EXPECT_EQ(ttl(0x80000001, 60), 0U);
  EXPECT_EQ(ttl(60, 0xffffffff), 0U);
}

TEST(Normalise, NegativeWithoutSoaIsMarked) {
  const auto answer =
      run(ask("x.org", RrType::a, 3).authority("com", RrType::soa, 9, soa("com", 9)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, AnswerKind::nxdomain);
  EXPECT_FALSE(answer->has_soa);
  EXPECT_EQ(answer->ttl, 0U);
}

TEST(Normalise, ReferralIsNodataWithoutSoa) {
  const auto answer = run(ask("x.example.org")
                              .authority("example.org", RrType::ns, 900, name("ns.example.org"))
                              .additional("ns.example.org", RrType::a, 900, ip4(192, 0, 2, 53)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, AnswerKind::nodata);
  EXPECT_FALSE(answer->has_soa);
  EXPECT_EQ(test::lines_of(answer->message), Lines{});
}

TEST(Normalise, RecordsBeatTheRcode) {
  EXPECT_EQ(run(ask("a", RrType::a, 3).answer("a", RrType::a, 60, ip4(192, 0, 2, 1)))->kind,
            AnswerKind::positive);
}

TEST(Normalise, KeepsProofsThatAreSignedInAZoneOfTheChain) {
  const auto reply =
      ask("x.example.org", RrType::a, 3)
          .authority("example.org", RrType::soa, 300, soa("example.org", 300))
          .authority("example.org", RrType::rrsig, 300, rrsig(RrType::soa, "example.org"))
          .authority("a.example.org", RrType::nsec, 200, name("z.example.org") + "map")
          .authority("a.example.org", RrType::rrsig, 300, rrsig(RrType::nsec, "example.org"))
          .authority("b.example.org", RrType::nsec, 10, name("c.example.org") + "map")
          .authority("a.example.com", RrType::nsec, 10, name("z.example.com") + "map")
          .authority("a.example.com", RrType::rrsig, 10, rrsig(RrType::nsec, "example.com"));
  const auto without = run(reply);
  EXPECT_EQ(test::lines_of(without->message).size(), 1U);
  const auto with = run(reply, true);
  ASSERT_TRUE(with);
  EXPECT_EQ(test::lines_of(with->message).size(), 4U);
  EXPECT_EQ(with->ttl, 200U);
}

TEST(Normalise, KeepsTheProofOfAWildcard) {
  const auto reply =
      ask("x.example.org")
          .answer("x.example.org", RrType::a, 300, ip4(192, 0, 2, 1))
          .answer("x.example.org", RrType::rrsig, 300, rrsig(RrType::a, "example.org"))
          .authority("hash.example.org", RrType::nsec3, 300, "nsec3")
          .authority("hash.example.org", RrType::rrsig, 300, rrsig(RrType::nsec3, "example.org"))
          .authority("example.org", RrType::soa, 1, soa("example.org", 1));
  EXPECT_EQ(kept(reply, true).size(), 4U);
  EXPECT_EQ(kept(reply).size(), 1U);
}

TEST(Normalise, AnyKeepsWhatStandsAtTheName) {
  const auto reply = ask("a.org", RrType::any)
                         .answer("a.org", RrType::a, 60, ip4(192, 0, 2, 1))
                         .answer("a.org", RrType::cname, 60, name("b.org"))
                         .answer("b.org", RrType::a, 60, ip4(192, 0, 2, 2))
                         .answer("a.org", RrType::rrsig, 60, rrsig(RrType::a, "org"));
  EXPECT_EQ(kept(reply), (Lines{"answer a.org A 60 c0000201", "answer a.org CNAME 60 b.org"}));
  EXPECT_EQ(kept(reply, true).size(), 3U);
  EXPECT_EQ(run(reply)->kind, AnswerKind::positive);
  EXPECT_EQ(run(ask("a.org", RrType::any).answer("b.org", RrType::a, 60, ip4(192, 0, 2, 2)))->kind,
            AnswerKind::nodata);
}

TEST(Normalise, SeesPrivateAddresses) {
  struct Case {
    RrType type;
    Raw rdata;
    bool is_private;
  };

  for (const Case& c : std::vector<Case>{
           {RrType::a, ip4(10, 1, 2, 3), true},
           {RrType::a, ip4(100, 64, 0, 1), true},
           {RrType::a, ip4(169, 254, 1, 1), true},
           {RrType::a, ip4(127, 0, 0, 1), false},
           {RrType::a, ip4(0, 0, 0, 0), false},
           {RrType::a, ip4(192, 0, 2, 1), false},
           {RrType::aaaa, "\xfd" + Raw(15, '\1'), true},
           {RrType::aaaa, "\xfe\x80" + Raw(14, '\1'), true},
           {RrType::aaaa, Raw(15, '\0') + '\1', false},
           {RrType::aaaa, "\x20" + Raw(15, '\1'), false},
           {RrType{1000}, ip4(10, 1, 2, 3), false},
       }) {
    EXPECT_EQ(run(ask("a", c.type).answer("a", c.type, 60, c.rdata))->holds_private_address,
              c.is_private);
  }
  EXPECT_FALSE(run(ask("a")
                       .answer("a", RrType::a, 60, ip4(192, 0, 2, 1))
                       .answer("b", RrType::a, 60, ip4(10, 0, 0, 1)))
                   ->holds_private_address);
}

TEST(Normalise, RefusesBrokenRdataWhereItMatters) {
  EXPECT_FALSE(run(ask("a").answer("a", RrType::a, 60, "123")));
  EXPECT_FALSE(run(ask("a").answer("a", RrType::a, 60, "12345")));
  EXPECT_FALSE(run(ask("a", RrType::aaaa).answer("a", RrType::aaaa, 60, ip4(1, 2, 3, 4))));
  EXPECT_FALSE(run(ask("a", RrType::mx).answer("a", RrType::mx, 60, "12\5abc")));
  EXPECT_FALSE(run(ask("a.b").authority("b", RrType::soa, 60, soa("b", 60).substr(1))));
  EXPECT_FALSE(run(ask("a.b").authority("b", RrType::soa, 60, soa("b", 60) + "x")));
  // Where it does not matter it is dropped with its record.
  EXPECT_TRUE(
      run(ask("a").answer("a", RrType::a, 60, ip4(1, 2, 3, 4)).answer("b", RrType::a, 60, "1")));
}

TEST(Normalise, NeedsRoom) {
  const Raw message =
      ask("www.example.org").answer("www.example.org", RrType::a, 1, ip4(1, 2, 3, 4)).build();
  const MessageView view = MessageView::parse(as_bytes(message));
  const auto with_room = [&view](std::size_t bytes) {
    return normalise(view, false, std::span(g_buffer).first(bytes)).has_value();
  };
  EXPECT_TRUE(with_room(12 + 17 + 4 + 16));
  for (std::size_t bytes = 0; bytes < 12 + 17 + 4 + 16; ++bytes)
    EXPECT_FALSE(with_room(bytes)) << bytes;
}

TEST(Normalise, IsItsOwnFixedPoint) {
  const auto reply = ask("www.example.org", RrType::a, 3)
                         .answer("edge.example.org", RrType::cname, 50, name("c.example.com"))
                         .answer("www.example.org", RrType::cname, 60, name("edge.example.org"))
                         .authority("example.com", RrType::soa, 3600, soa("example.com", 300));
  const auto first = run(reply);
  ASSERT_TRUE(first);
  const Raw once = as_raw(first->message);
  const MessageView again = MessageView::parse(as_bytes(once));
  const auto second = normalise(again, false, g_buffer);
  ASSERT_TRUE(second);
  EXPECT_EQ(as_raw(second->message), once);
  EXPECT_EQ(second->ttl, first->ttl);
}

}  // namespace
}  // namespace holdfast::dns
