#include "dns/message_view.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::ip4;
using test::MessageBuilder;
using test::opt;
using test::option;
using test::Raw;

ParseError error_of(const Raw& message) {
  return MessageView::parse(as_bytes(message)).error();
}

MessageBuilder reply(unsigned flags = flag::qr | flag::ra) {
  return MessageBuilder(7, flags);
}

TEST(MessageView, SeesEverySection) {
  const Raw message = reply()
                          .question("www.example.org")
                          .answer("www.example.org", RrType::a, 300, ip4(192, 0, 2, 1))
                          .authority("example.org", RrType::ns, 60, test::name("ns.example.org"))
                          .additional("ns.example.org", RrType::a, 30, ip4(192, 0, 2, 2))
                          .opt(opt(4096, option(15, test::u16(3)), 0x8000, 0, 1))
                          .build();
  const MessageView view = MessageView::parse(as_bytes(message));
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view.header().id, 7);
  ASSERT_TRUE(view.has_question());
  EXPECT_EQ(view.question().to_string(), "www.example.org A");
  EXPECT_EQ(view.records_at(), 12U + 17 + 4);
  ASSERT_TRUE(view.edns());
  EXPECT_EQ(view.edns()->payload, 4096);
  EXPECT_EQ(view.edns()->ede, EdeCode::stale_answer);
  EXPECT_EQ(view.rcode(), Rcode::badvers);

  std::vector<std::string> owners;
  std::size_t at = view.records_at();
  view.for_each([&](const Record& r) {
    EXPECT_EQ(r.name_at, at);
    EXPECT_EQ(r.end, r.rdata_at + r.rdata_size);
    EXPECT_EQ(r.rdata_at, r.ttl_at + 6);
    at = r.end;
    owners.push_back(view.owner(r).to_string());
    return true;
  });
  EXPECT_EQ(at, message.size());
  EXPECT_EQ(owners,
            (std::vector<std::string>{"www.example.org", "example.org", "ns.example.org", "."}));
}

TEST(MessageView, StopsVisitingWhenAsked) {
  const Raw message = reply()
                          .question("a")
                          .answer("a", RrType::a, 1, ip4(1, 2, 3, 4))
                          .answer("a", RrType::a, 1, ip4(1, 2, 3, 5))
                          .build();
  int visits = 0;
  MessageView::parse(as_bytes(message)).for_each([&visits](const Record&) { return ++visits < 1; });
  EXPECT_EQ(visits, 1);
}

TEST(MessageView, SaysWhatIsWrong) {
  const Raw rr = test::record(test::name("a"), RrType::a, 1, ip4(1, 2, 3, 4));

  struct Case {
    const char* what;
    Raw message;
    ParseError error;
  };

  for (const Case& c : std::vector<Case>{
           {"empty", Raw(), ParseError::short_header},
           {"eleven bytes", Raw(11, '\0'), ParseError::short_header},
           {"no question", Raw(12, '\0'), ParseError::question_count},
           {"two questions", reply().question("a").question("b").build(),
            ParseError::question_count},
           {"65535 questions", reply().question("a").count(0, 65535).build(),
            ParseError::question_count},
           {"question missing", reply().count(0, 1).build(), ParseError::bad_question},
           {"question points",
            reply().raw(test::pointer(12) + test::u32(0x10001)).count(0, 1).build(),
            ParseError::bad_question},
           {"answer missing", reply().question("a").count(1, 1).build(), ParseError::bad_record},
           {"rdata overruns",
            reply().question("a").raw(rr.substr(0, rr.size() - 1)).count(1, 1).build(),
            ParseError::bad_record},
           {"owner loops",
            reply()
                .question("a")
                .raw(test::record(test::pointer(19), RrType::a, 1, ""))
                .count(1, 1)
                .build(),
            ParseError::bad_record},
           {"owner points forward",
            reply()
                .question("a")
                .raw(test::record(test::pointer(30), RrType::a, 1, ""))
                .count(1, 1)
                .build(),
            ParseError::bad_record},
           {"owner of a strange label type",
            reply().question("a").raw("\x41" + rr).count(1, 1).build(), ParseError::bad_record},
           {"two OPTs", reply().question("a").opt(opt()).opt(opt()).build(), ParseError::bad_opt},
           {"OPT in answer", reply().question("a").raw(opt()).count(1, 1).build(),
            ParseError::bad_opt},
           {"OPT in authority", reply().question("a").raw(opt()).count(2, 1).build(),
            ParseError::bad_opt},
           {"OPT not at the root",
            reply().question("a").opt(test::name("b").substr(0, 2) + opt()).build(),
            ParseError::bad_opt},
           {"option overruns", reply().question("a").opt(opt(1232, test::u32(0x00640032))).build(),
            ParseError::bad_opt},
           {"bytes behind", reply().question("a").raw("x").build(), ParseError::trailing_bytes},
       }) {
    EXPECT_EQ(error_of(c.message), c.error) << c.what;
  }
}

TEST(MessageView, GivesWhatWasReadable) {
  const Raw trailing = reply()
                           .question("a")
                           .answer("a", RrType::a, 1, ip4(1, 2, 3, 4))
                           .opt(opt())
                           .raw("xyz")
                           .build();
  const MessageView view = MessageView::parse(as_bytes(trailing));
  EXPECT_EQ(view.error(), ParseError::trailing_bytes);
  EXPECT_TRUE(view.has_question());
  EXPECT_TRUE(view.edns());
  int visits = 0;
  view.for_each([&visits](const Record&) { return ++visits > 0; });
  EXPECT_EQ(visits, 2);

  const Raw broken = reply().question("a").count(1, 9).build();
  EXPECT_TRUE(MessageView::parse(as_bytes(broken)).has_question());
}

TEST(MessageView, ReadsTheOptOfAnErrorWithoutQuestion) {
  const Raw message = reply(flag::qr | 2).opt(opt(1232, option(15, test::u16(22)))).build();
  const MessageView view = MessageView::parse(as_bytes(message));
  EXPECT_EQ(view.error(), ParseError::question_count);
  EXPECT_FALSE(view.has_question());
  ASSERT_TRUE(view.edns());
  EXPECT_EQ(view.edns()->ede, EdeCode::no_reachable_authority);
  EXPECT_EQ(view.rcode(), Rcode::servfail);
}

TEST(MessageView, UnknownOptionsAreFine) {
  const Raw message =
      reply().question("a").opt(opt(1232, option(65001, "x") + option(3, ""))).build();
  EXPECT_EQ(error_of(message), ParseError::none);
}

TEST(MessageView, CutAnywhereIsAnError) {
  const Raw whole = reply()
                        .question("www.example.org")
                        .answer("www.example.org", RrType::cname, 300, test::name("a.example"))
                        .raw(test::record(test::pointer(12), RrType::a, 1, ip4(1, 2, 3, 4)))
                        .count(1, 2)
                        .opt(opt(1232, option(15, test::u16(3) + "text")))
                        .build();
  ASSERT_EQ(error_of(whole), ParseError::none);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy of that size: a read beyond it is seen by AddressSanitizer.
    const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(size));
    EXPECT_NE(MessageView::parse(cut).error(), ParseError::none) << size;
  }
}

}  // namespace
}  // namespace holdfast::dns
