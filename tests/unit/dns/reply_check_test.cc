#include "dns/reply_check.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::MessageBuilder;
using test::Raw;

constexpr unsigned kReply = flag::qr | flag::rd | flag::ra;

TEST(CheckReply, ComparesEverythingTheSocketCannot) {
  const Question sent{*Name::parse("wWw.eXample.org"), RrType::a, RrClass::in};

  struct Case {
    const char* what;
    Raw reply;
    ReplyMatch match;
  };

  for (const Case& c : std::vector<Case>{
           {"the reply", MessageBuilder(7, kReply).question("wWw.eXample.org").build(),
            ReplyMatch::match},
           {"an error", MessageBuilder(7, kReply | 2).question("wWw.eXample.org").build(),
            ReplyMatch::match},
           {"trailing bytes are for the parser to refuse",
            MessageBuilder(7, kReply).question("wWw.eXample.org").raw("x").build(),
            ReplyMatch::match},
           {"other id", MessageBuilder(8, kReply).question("wWw.eXample.org").build(),
            ReplyMatch::wrong_id},
           {"the query come back", MessageBuilder(7, flag::rd).question("wWw.eXample.org").build(),
            ReplyMatch::not_a_response},
           {"a NOTIFY", MessageBuilder(7, kReply | 4U << 11U).question("wWw.eXample.org").build(),
            ReplyMatch::not_a_response},
           {"nothing", Raw(), ReplyMatch::not_a_response},
           {"half a header", Raw(11, '\xff'), ReplyMatch::not_a_response},
           {"other case", MessageBuilder(7, kReply).question("www.example.org").build(),
            ReplyMatch::wrong_case},
           {"one letter's case", MessageBuilder(7, kReply).question("WWw.eXample.org").build(),
            ReplyMatch::wrong_case},
           {"other name", MessageBuilder(7, kReply).question("wWx.eXample.org").build(),
            ReplyMatch::wrong_question},
           {"other type", MessageBuilder(7, kReply).question("wWw.eXample.org", RrType::ns).build(),
            ReplyMatch::wrong_question},
           {"other class",
            MessageBuilder(7, kReply).question("wWw.eXample.org", RrType::a, RrClass::ch).build(),
            ReplyMatch::wrong_question},
           {"longer name", MessageBuilder(7, kReply).question("wWw.eXample.org.x").build(),
            ReplyMatch::wrong_question},
           {"two questions",
            MessageBuilder(7, kReply)
                .question("wWw.eXample.org")
                .question("wWw.eXample.org")
                .build(),
            ReplyMatch::wrong_question},
           {"question cut off", MessageBuilder(7, kReply).raw("\3wWw").count(0, 1).build(),
            ReplyMatch::wrong_question},
           {"question points",
            MessageBuilder(7, kReply)
                .raw(test::pointer(12) + test::u32(0x10001))
                .count(0, 1)
                .build(),
            ReplyMatch::wrong_question},
           {"bare FORMERR", MessageBuilder(7, kReply | 1).build(), ReplyMatch::no_question},
           {"bare SERVFAIL", MessageBuilder(7, kReply | 2).build(), ReplyMatch::no_question},
           {"bare NOTIMP", MessageBuilder(7, kReply | 4).build(), ReplyMatch::no_question},
           {"bare REFUSED", MessageBuilder(7, kReply | 5).build(), ReplyMatch::no_question},
           {"bare NXDOMAIN", MessageBuilder(7, kReply | 3).build(), ReplyMatch::wrong_question},
           {"bare NOERROR", MessageBuilder(7, kReply).build(), ReplyMatch::wrong_question},
           {"bare SERVFAIL with an answer",
            MessageBuilder(7, kReply | 2).answer("a", RrType::a, 1, test::ip4(1, 2, 3, 4)).build(),
            ReplyMatch::wrong_question},
           {"bare SERVFAIL of another id", MessageBuilder(9, kReply | 2).build(),
            ReplyMatch::wrong_id},
       }) {
    EXPECT_EQ(check_reply(as_bytes(c.reply), 7, sent), c.match) << c.what;
  }
}

}  // namespace
}  // namespace holdfast::dns
