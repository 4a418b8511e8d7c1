#include "dns/reply_builder.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dns/query_view.h"
#include "dns/ttl.h"
#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::as_raw;
using test::ip4;
using test::MessageBuilder;
using test::opt;
using test::option;
using test::pointer;
using test::Raw;

using Buffer = std::array<std::uint8_t, 65535 + 200>;
Buffer g_buffer;

ReplyTarget target_of(const Raw& query, bool tcp = false) {
  return reply_target(QueryView::parse(as_bytes(query)), tcp);
}

Raw empty_reply(const Raw& query, const ReplyMeta& meta, bool tcp = false) {
  return as_raw(write_empty_reply(target_of(query, tcp), meta, g_buffer));
}

Raw stored_reply(const Raw& query, const Raw& stored, const ReplyMeta& meta = {},
                 bool tcp = false) {
  return as_raw(write_stored_reply(target_of(query, tcp), meta, as_bytes(stored), g_buffer));
}

unsigned flags_of(const Raw& message) {
  return Header::read(as_bytes(message))->flags;
}

TEST(ReplyTarget, CopiesWhatTheReplyNeeds) {
  const Raw query = MessageBuilder(77, flag::rd | flag::cd)
                        .question("wWw.org")
                        .opt(opt(900, option(11, ""), 0x8000))
                        .build();
  const ReplyTarget udp = target_of(query);
  EXPECT_EQ(udp.id, 77);
  EXPECT_TRUE(udp.edns);
  EXPECT_TRUE(udp.dnssec_ok);
  EXPECT_FALSE(udp.keepalive_asked);  // not over UDP (RFC 7828 3.2.1)
  EXPECT_EQ(udp.limit, 900);
  EXPECT_EQ(as_raw(udp.question), Raw("\3wWw\3org\0\0\1\0\1", 13));
  const ReplyTarget tcp = target_of(query, true);
  EXPECT_TRUE(tcp.keepalive_asked);
  EXPECT_EQ(tcp.limit, 65535);
}

TEST(EmptyReply, EchoesTheQuestionToTheBit) {
  const Raw query =
      MessageBuilder(0xbeef, flag::rd).question("wWw.Example.org", RrType::mx).build();
  ReplyMeta meta;
  meta.rcode = Rcode::servfail;
  EXPECT_EQ(empty_reply(query, meta), MessageBuilder(0xbeef, flag::qr | flag::rd | flag::ra | 2)
                                          .question("wWw.Example.org", RrType::mx)
                                          .build());
}

TEST(EmptyReply, SetsItsOwnBits) {
  struct Case {
    const char* what;
    unsigned query;
    bool authentic, authoritative;
    unsigned reply;
  };

  for (const Case& c : std::vector<Case>{
           {"nothing copied that was not sent", 0, false, false, flag::qr | flag::ra},
           {"RD and CD copied", flag::rd | flag::cd, false, false,
            flag::qr | flag::ra | flag::rd | flag::cd},
           {"Z, TC, AA, RA and rcode of a query are not copied", 0x0640 | flag::ra | 5, false,
            false, flag::qr | flag::ra},
           {"opcode echoed", 15U << 11U, false, false, flag::qr | flag::ra | 15U << 11U},
           {"AA by request of ours only", 0, false, true, flag::qr | flag::ra | flag::aa},
           {"AD for who sent AD", flag::ad, true, false, flag::qr | flag::ra | flag::ad},
           {"AD not invented", flag::ad, false, false, flag::qr | flag::ra},
           {"AD not for who did not ask", 0, true, false, flag::qr | flag::ra},
       }) {
    ReplyMeta meta;
    meta.authentic = c.authentic;
    meta.authoritative = c.authoritative;
    EXPECT_EQ(flags_of(empty_reply(MessageBuilder(1, c.query).question("a").build(), meta)),
              c.reply)
        << c.what;
  }
  ReplyMeta authentic;
  authentic.authentic = true;
  const Raw with_do = MessageBuilder(1, 0).question("a").opt(opt(1232, {}, 0x8000)).build();
  EXPECT_TRUE(flags_of(empty_reply(with_do, authentic)) & flag::ad);
}

TEST(EmptyReply, HasAnOptIfAndOnlyIfTheQueryHad) {
  ReplyMeta meta;
  meta.rcode = Rcode::refused;
  meta.ede = EdeCode::prohibited;
  meta.ede_text = "not for you";
  meta.keepalive = 100;
  const auto reply_to = [](unsigned rcode) {
    return MessageBuilder(1, flag::qr | flag::ra | rcode).question("a");
  };
  EXPECT_EQ(empty_reply(MessageBuilder(1, 0).question("a").build(), meta), reply_to(5).build());
  EXPECT_EQ(
      empty_reply(MessageBuilder(1, 0).question("a").opt(opt(4096, {}, 0x8000)).build(), meta),
      reply_to(5).opt(opt(1232, option(15, test::u16(18) + "not for you"), 0x8000)).build());
  const Raw keeps = MessageBuilder(1, 0).question("a").opt(opt(512, option(11, ""))).build();
  EXPECT_EQ(empty_reply(keeps, {}, true), reply_to(0).opt(opt()).build());
  ReplyMeta keepalive;
  keepalive.keepalive = 100;
  EXPECT_EQ(empty_reply(keeps, keepalive, true),
            reply_to(0).opt(opt(1232, option(11, test::u16(100)))).build());
  EXPECT_EQ(empty_reply(keeps, keepalive, false), reply_to(0).opt(opt()).build());
}

TEST(EmptyReply, SaysBadversWithVersionZero) {
  ReplyMeta meta;
  meta.rcode = Rcode::badvers;
  const Raw query =
      MessageBuilder(1, 0).question("a").opt(opt(1232, option(100, "x"), 0, 1)).build();
  EXPECT_EQ(
      empty_reply(query, meta),
      MessageBuilder(1, flag::qr | flag::ra).question("a").opt(opt(1232, {}, 0, 0, 1)).build());
}

TEST(EmptyReply, ExtendedRcodeWithoutOptIsServfail) {
  ReplyMeta meta;
  meta.rcode = Rcode::badvers;
  EXPECT_EQ(flags_of(empty_reply(MessageBuilder(1, 0).question("a").build(), meta)) & 15U, 2U);
}

TEST(EmptyReply, DoesNotAmplifyJunk) {
  ReplyMeta meta;
  meta.rcode = Rcode::formerr;
  const std::vector<Raw> junk = {
      MessageBuilder().raw(pointer(12) + test::u32(0x10001)).count(0, 1).build(),
      MessageBuilder(1, 15U << 11U).question("a.x.example.net").build(),
      MessageBuilder().raw(test::name("cut.x.example.net") + test::u16(1)).count(0, 1).build(),
      MessageBuilder().build(),
      MessageBuilder().question("a").question("b").opt(opt()).build(),
      MessageBuilder().question("a").opt(opt()).opt(opt()).build(),
  };
  for (const Raw& query : junk) {
    EXPECT_LE(empty_reply(query, meta).size(), query.size() + 11);
  }
  EXPECT_EQ(empty_reply(junk[0], meta).size(), 12U);
}

TEST(EmptyReply, FitsEveryLimit) {
  ReplyMeta meta;
  meta.rcode = Rcode::servfail;
  meta.ede = EdeCode::network_error;
  const std::string text(500, 'x');
  meta.ede_text = text;
  meta.keepalive = 1;
  const Raw longest = Raw(63, 'a') + "." + Raw(63, 'a') + "." + Raw(63, 'a') + "." + Raw(61, 'b');
  const Raw query = MessageBuilder().question(longest).opt(opt(0, option(11, ""))).build();
  EXPECT_LE(empty_reply(query, meta, true).size(), 512U);
}

/// An answer as the cache holds it: lower-case question, owner compressed.
Raw stored_txt(std::size_t text_bytes) {
  Raw rdata;
  while (text_bytes > 0) {
    const std::size_t part = std::min<std::size_t>(256, text_bytes);
    rdata += static_cast<char>(part - 1) + Raw(part - 1, 't');
    text_bytes -= part;
  }
  return MessageBuilder(0, flag::qr)
      .question("www.example.org", RrType::txt)
      .raw(test::record(pointer(12), RrType::txt, 300, rdata))
      .count(1, 1)
      .build();
}

constexpr std::size_t kStoredFixed = 12 + 17 + 4 + 12;

TEST(StoredReply, TakesIdFlagsCaseAndOptFromTheClient) {
  const Raw query = MessageBuilder(0x4242, flag::rd)
                        .question("WWW.exAmple.ORG", RrType::txt)
                        .opt(opt(1232, {}, 0x8000))
                        .build();
  ReplyMeta meta;
  meta.authentic = true;
  const Raw expected = MessageBuilder(0x4242, flag::qr | flag::rd | flag::ra | flag::ad)
                           .question("WWW.exAmple.ORG", RrType::txt)
                           .raw(test::record(pointer(12), RrType::txt, 300, "\4tttt"))
                           .count(1, 1)
                           .opt(opt(1232, {}, 0x8000))
                           .build();
  EXPECT_EQ(stored_reply(query, stored_txt(5), meta), expected);
}

TEST(StoredReply, RcodeIsTheCallers) {
  const Raw query = MessageBuilder(1, 0).question("www.example.org", RrType::txt).build();
  ReplyMeta meta;
  meta.rcode = Rcode::nxdomain;
  EXPECT_EQ(flags_of(stored_reply(query, stored_txt(5), meta)) & 15U, 3U);
}

TEST(StoredReply, AnswersTheTypeThatWasAsked) {
  // An NXDOMAIN is kept per name, whatever type it was learned for.
  const Raw query = MessageBuilder(1, 0).question("www.example.org", RrType::mx).build();
  const Raw reply = stored_reply(query, stored_txt(5));
  const MessageView view = MessageView::parse(as_bytes(reply));
  EXPECT_EQ(view.question().type, RrType::mx);
}

TEST(StoredReply, IsCutAtTheExactLimit) {
  struct Case {
    const char* what;
    Raw query;
    std::size_t limit, opt_bytes;
  };

  const auto query = [] { return MessageBuilder(1, 0).question("www.example.org", RrType::txt); };
  for (const Case& c : std::vector<Case>{{"no EDNS", query().build(), 512, 0},
                                         {"600", query().opt(opt(600)).build(), 600, 11},
                                         {"too small", query().opt(opt(10)).build(), 512, 11},
                                         {"too large", query().opt(opt(4096)).build(), 1232, 11}}) {
    const std::size_t most = c.limit - kStoredFixed - c.opt_bytes;
    const Raw fits = stored_reply(c.query, stored_txt(most));
    EXPECT_EQ(fits.size(), c.limit) << c.what;
    EXPECT_FALSE(flags_of(fits) & flag::tc) << c.what;
    EXPECT_EQ(MessageView::parse(as_bytes(fits)).header().ancount, 1) << c.what;

    const Raw cut = stored_reply(c.query, stored_txt(most + 1));
    EXPECT_TRUE(flags_of(cut) & flag::tc) << c.what;
    const MessageView view = MessageView::parse(as_bytes(cut));
    EXPECT_TRUE(view.ok()) << c.what;
    EXPECT_EQ(view.header().ancount, 0) << c.what;
    EXPECT_TRUE(view.has_question()) << c.what;
    EXPECT_EQ(view.edns().has_value(), c.opt_bytes > 0) << c.what;
    EXPECT_EQ(cut.size(), 12 + 21 + c.opt_bytes);
  }
}

TEST(StoredReply, TcpIsNotCut) {
  const Raw query =
      MessageBuilder(1, 0).question("www.example.org", RrType::txt).opt(opt(512)).build();
  const Raw reply = stored_reply(query, stored_txt(60000), {}, true);
  EXPECT_EQ(reply.size(), kStoredFixed + 60000 + 11);
  EXPECT_FALSE(flags_of(reply) & flag::tc);
}

TEST(StoredReply, DropsAdditionalBeforeItCuts) {
  const auto stored = [](unsigned additional) {
    MessageBuilder builder(0, flag::qr);
    builder.question("www.example.org", RrType::mx);
    builder.raw(test::record(pointer(12), RrType::mx, 300, test::u16(10) + "\1h" + pointer(12)))
        .count(1, 1);
    for (unsigned i = 0; i < additional; ++i) {
      builder.additional("h.www.example.org", RrType::a, 300, ip4(192, 0, 2, i));
    }
    return builder.build();
  };
  const Raw plain = MessageBuilder(1, 0).question("www.example.org", RrType::mx).build();
  const Raw whole = stored_reply(plain, stored(12));
  EXPECT_EQ(MessageView::parse(as_bytes(whole)).header().arcount, 12);
  for (const Raw& query :
       {plain, MessageBuilder(1, 0).question("www.example.org", RrType::mx).opt(opt(0)).build()}) {
    const Raw reply = stored_reply(query, stored(40));
    const MessageView view = MessageView::parse(as_bytes(reply));
    ASSERT_TRUE(view.ok());
    EXPECT_FALSE(view.header().has(flag::tc));
    EXPECT_EQ(view.header().ancount, 1);
    EXPECT_EQ(view.header().arcount, view.edns() ? 1 : 0);
    EXPECT_EQ(test::lines_of(as_bytes(reply))[0],
              "answer www.example.org MX 300 000a h.www.example.org");
  }
}

TEST(StoredReply, DropsTextForPeopleBeforeRecords) {
  const Raw query =
      MessageBuilder(1, 0).question("www.example.org", RrType::txt).opt(opt(512)).build();
  ReplyMeta meta;
  meta.ede = EdeCode::stale_answer;
  meta.ede_text = "upstream is away";
  const Raw reply = stored_reply(query, stored_txt(512 - kStoredFixed - 11 - 6), meta);
  EXPECT_EQ(reply.size(), 512U);
  const MessageView view = MessageView::parse(as_bytes(reply));
  EXPECT_FALSE(view.header().has(flag::tc));
  EXPECT_EQ(view.edns()->ede, EdeCode::stale_answer);
  EXPECT_TRUE(view.edns()->ede_text.empty());
}

TEST(StoredReply, KeepsOffsetsOfTtls) {
  const Raw stored = stored_txt(5);
  const Raw query = MessageBuilder(1, 0).question("www.example.org", RrType::txt).build();
  std::vector<std::uint16_t> offsets;
  MessageView::parse(as_bytes(stored)).for_each([&offsets](const Record& record) {
    offsets.push_back(static_cast<std::uint16_t>(record.ttl_at));
    return true;
  });
  const Bytes reply = write_stored_reply(target_of(query), {}, as_bytes(stored), g_buffer);
  age_ttls(std::span(g_buffer).first(reply.size()), offsets, 100);
  EXPECT_EQ(test::lines_of(reply),
            std::vector<std::string>{"answer www.example.org TXT 200 0474747474"});
}

TEST(StoredReply, SaysServfailWhenWhatIsStoredIsNoMessage) {
  const Raw query = MessageBuilder(1, 0).question("www.example.org").build();
  EXPECT_EQ(stored_reply(query, Raw(11, 'x')).size(), 33U);
  EXPECT_EQ(flags_of(stored_reply(query, Raw(20, 'x'))) & 15U, 2U);
}

TEST(WriteQuery, HasTheShapeAsked) {
  const Question question{*Name::parse("wWw.org"), RrType::aaaa, RrClass::in};
  const auto written = [&question](const QueryShape& shape) {
    return as_raw(write_query(question, shape, g_buffer));
  };
  EXPECT_EQ(written({.id = 5}),
            MessageBuilder(5, flag::rd).question("wWw.org", RrType::aaaa).opt(opt(1232)).build());
  EXPECT_EQ(written({.id = 5, .recursion_desired = false, .edns = false}),
            MessageBuilder(5, 0).question("wWw.org", RrType::aaaa).build());
  EXPECT_EQ(
      written({.id = 0xffff, .checking_disabled = true, .authentic_data = true, .dnssec_ok = true}),
      MessageBuilder(0xffff, flag::rd | flag::cd | flag::ad)
          .question("wWw.org", RrType::aaaa)
          .opt(opt(1232, {}, 0x8000))
          .build());
}

TEST(WriteQuery, IsPaddedToWholeBlocks) {
  for (std::size_t length = 1; length <= 63; ++length) {
    const Question question{*Name::parse(std::string(length, 'a') + ".example"), RrType::a};
    const auto query = write_query(question, {.block = 128}, g_buffer);
    EXPECT_EQ(query.size(), 128U);
    const auto parsed = QueryView::parse(query);
    EXPECT_EQ(parsed.error, ParseError::none);
    EXPECT_TRUE(parsed.edns.has_value());
  }
  const std::string label(63, 'b');
  const Question longest{
      *Name::parse(label + '.' + label + '.' + label + '.' + std::string(61, 'b')), RrType::a};
  EXPECT_EQ(write_query(longest, {.block = 128}, g_buffer).size(), 384U);
  EXPECT_LT(write_query(longest, {.edns = false, .block = 128}, g_buffer).size(), 300U);
}

}  // namespace
}  // namespace holdfast::dns
