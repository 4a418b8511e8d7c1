#include "dns/query_view.h"

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
using test::opt;
using test::option;
using test::Raw;

TEST(QueryView, PointsIntoThePlainQuery) {
  const Raw message = MessageBuilder(9).question("wWw.example.org", RrType::aaaa).build();
  const QueryView query = QueryView::parse(as_bytes(message));
  EXPECT_EQ(query.error, ParseError::none);
  ASSERT_TRUE(query.has_question);
  EXPECT_EQ(as_raw(query.name), test::name("wWw.example.org"));
  EXPECT_EQ(static_cast<const void*>(query.name.data()), message.data() + 12);
  EXPECT_EQ(query.type, RrType::aaaa);
  EXPECT_EQ(query.rr_class, RrClass::in);
  EXPECT_EQ(query.question_end, message.size());
  EXPECT_FALSE(query.edns);
  EXPECT_FALSE(query.dnssec_ok());
  EXPECT_EQ(query.udp_limit(), 512U);
  EXPECT_EQ(query.question().to_string(), "wWw.example.org AAAA");
}

TEST(QueryView, ReadsTheOpt) {
  const Raw message = MessageBuilder().question("a").opt(opt(1400, option(11, ""), 0x8000)).build();
  const QueryView query = QueryView::parse(as_bytes(message));
  EXPECT_EQ(query.error, ParseError::none);
  ASSERT_TRUE(query.edns);
  EXPECT_TRUE(query.dnssec_ok());
  EXPECT_TRUE(query.edns->keepalive_asked);
}

TEST(QueryView, ClampsThePayloadSize) {
  for (const auto& [said, limit] : std::vector<std::pair<unsigned, std::size_t>>{{0, 512},
                                                                                 {511, 512},
                                                                                 {512, 512},
                                                                                 {513, 513},
                                                                                 {1232, 1232},
                                                                                 {1233, 1232},
                                                                                 {65535, 1232}}) {
    const Raw message = MessageBuilder().question("a").opt(opt(said)).build();
    EXPECT_EQ(QueryView::parse(as_bytes(message)).udp_limit(), limit) << said;
  }
}

TEST(QueryView, JumpsOverRecordsItDoesNotBelieve) {
  const Raw tsig =
      test::record(test::name("key.example"), RrType::tsig, 0, Raw(60, 'x'), RrClass::any);
  EXPECT_EQ(QueryView::parse(as_bytes(MessageBuilder().question("a").opt(tsig).build())).error,
            ParseError::none);
  const Raw message = MessageBuilder()
                          .question("a")
                          .answer("a", RrType::a, 9, ip4(1, 2, 3, 4))
                          .authority("a", RrType::soa, 9, "whatever")
                          .opt(opt(700))
                          .opt(tsig)
                          .build();
  const QueryView query = QueryView::parse(as_bytes(message));
  EXPECT_EQ(query.error, ParseError::none);
  EXPECT_EQ(query.udp_limit(), 700U);
}

TEST(QueryView, SaysWhatIsWrong) {
  struct Case {
    const char* what;
    Raw message;
    ParseError error;
    bool has_question;
  };

  const auto query = [] { return MessageBuilder(); };
  for (const Case& c : std::vector<Case>{
           {"short", Raw(11, '\0'), ParseError::short_header, false},
           {"no question", query().build(), ParseError::question_count, false},
           {"two questions", query().question("a").question("a").build(),
            ParseError::question_count, false},
           {"question missing", query().count(0, 1).build(), ParseError::bad_question, false},
           {"no class", query().raw(test::name("a") + test::u16(1)).count(0, 1).build(),
            ParseError::bad_question, false},
           {"no type", query().raw(test::name("a")).count(0, 1).build(), ParseError::bad_question,
            false},
           {"pointer to itself",
            query().raw(test::pointer(12) + test::u32(0x10001)).count(0, 1).build(),
            ParseError::bad_question, false},
           {"label and pointer",
            query().raw("\3abc" + test::pointer(12) + test::u32(0x10001)).count(0, 1).build(),
            ParseError::bad_question, false},
           {"label type 01", query().raw("\x41" + Raw(70, 'a')).count(0, 1).build(),
            ParseError::bad_question, false},
           {"name of 257 bytes",
            query()
                .question(Raw(63, 'a') + "." + Raw(63, 'a') + "." + Raw(63, 'a') + "." +
                          Raw(63, 'a'))
                .build(),
            ParseError::bad_question, false},
           {"arcount without record", query().question("a").count(3, 1).build(),
            ParseError::bad_record, true},
           {"all counts 65535",
            query().question("a").count(1, 65535).count(2, 65535).count(3, 65535).build(),
            ParseError::bad_record, true},
           {"two OPTs", query().question("a").opt(opt()).opt(opt()).build(), ParseError::bad_opt,
            true},
           {"OPT in answer", query().question("a").raw(opt()).count(1, 1).build(),
            ParseError::bad_opt, true},
           {"OPT in authority", query().question("a").raw(opt()).count(2, 1).build(),
            ParseError::bad_opt, true},
           {"OPT not at the root", query().question("a").opt("\3bad" + opt()).build(),
            ParseError::bad_opt, true},
           {"OPT owner points",
            query().question("a").opt(test::pointer(14) + opt().substr(1)).build(),
            ParseError::bad_opt, true},
           {"option overruns",
            query().question("a").opt(opt(1232, test::u16(100) + test::u16(50) + "abc")).build(),
            ParseError::bad_opt, true},
           {"bytes behind", query().question("a").raw("garbage").build(),
            ParseError::trailing_bytes, true},
           {"bytes behind the OPT", query().question("a").opt(opt()).raw("x").build(),
            ParseError::trailing_bytes, true},
       }) {
    const QueryView view = QueryView::parse(as_bytes(c.message));
    EXPECT_EQ(view.error, c.error) << c.what;
    EXPECT_EQ(view.has_question, c.has_question) << c.what;
  }
}

TEST(QueryView, KeepsTheOptThatWasGood) {
  const Raw message = MessageBuilder().question("a").opt(opt(900)).opt(opt()).build();
  const QueryView query = QueryView::parse(as_bytes(message));
  ASSERT_TRUE(query.edns);  // so that the FORMERR gets an OPT (RFC 6891 7)
  EXPECT_EQ(query.edns->payload, 900);
}

TEST(QueryView, TakesTheLongestNames) {
  Raw deep;
  for (int i = 0; i < 127; ++i)
    deep += i == 0 ? "a" : ".a";
  const Raw wide = Raw(63, 'a') + "." + Raw(63, 'a') + "." + Raw(63, 'a') + "." + Raw(61, 'b');
  for (const Raw& text : {deep, wide}) {
    const Raw message = MessageBuilder().question(text).opt(opt()).build();
    const QueryView query = QueryView::parse(as_bytes(message));
    EXPECT_EQ(query.error, ParseError::none);
    EXPECT_EQ(query.name.size(), 255U);
    EXPECT_EQ(as_raw(query.question().name.wire()), test::name(text));
  }
}

TEST(QueryView, CutAnywhereIsAnError) {
  const Raw whole =
      MessageBuilder().question("www.example.org").opt(opt(1232, option(10, "12345678"))).build();
  ASSERT_EQ(QueryView::parse(as_bytes(whole)).error, ParseError::none);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(size));
    EXPECT_NE(QueryView::parse(cut).error, ParseError::none) << size;
  }
}

}  // namespace
}  // namespace holdfast::dns
