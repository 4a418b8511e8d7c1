// Seeded mutations of sound messages through everything that reads them. AddressSanitizer sees
// reads out of bounds, since each input lies in a buffer of its exact size; here stands what must
// hold besides.
#include <vector>

#include <gtest/gtest.h>

#include "dns/normalise.h"
#include "dns/query_view.h"
#include "dns/reply_builder.h"
#include "dns/reply_check.h"
#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::ip4;
using test::MessageBuilder;
using test::name;
using test::option;
using test::pointer;
using test::Raw;

using Message = std::vector<std::uint8_t>;

std::vector<Raw> seeds() {
  const Raw ede = option(15, test::u16(3) + "text");
  return {
      MessageBuilder().question("www.example.org").build(),
      MessageBuilder()
          .question("wWw.Example.org", RrType::txt)
          .opt(test::opt(1232, ede, 0x8000))
          .build(),
      MessageBuilder(1, 0x8180)
          .question("www.example.org")
          .raw(test::record(pointer(12), RrType::cname, 60, "\1a" + pointer(16)))
          .raw(test::record(pointer(45), RrType::a, 60, ip4(10, 0, 0, 1)))
          .count(1, 2)
          .opt(test::opt(1232, ede))
          .build(),
      MessageBuilder(1, 0x8183)
          .question("x.example.org", RrType::mx)
          .authority("example.org", RrType::soa, 60, test::soa("example.org", 60))
          .authority("example.org", RrType::rrsig, 60, test::rrsig(RrType::soa, "example.org"))
          .authority("a.example.org", RrType::nsec, 60, name("z.example.org") + "map")
          .authority("a.example.org", RrType::rrsig, 60, test::rrsig(RrType::nsec, "example.org"))
          .build(),
      MessageBuilder(1, 0x8180)
          .question("www.old.org", RrType::any)
          .answer("old.org", RrType::dname, 60, name("new.org"))
          .answer("www.old.org", RrType::naptr, 60, Raw("1234\1U\0\0", 8) + name("x.org"))
          .answer("www.old.org", RrType::srv, 60, "123456" + name("x.org"))
          .build(),
  };
}

Message mutate(const Raw& seed, test::SeededRandom& random) {
  Message m(seed.begin(), seed.end());
  for (auto times = 1 + random.below(4); times > 0 && m.size() > 1; --times) {
    const std::size_t at = random.below(static_cast<std::uint32_t>(m.size()));
    switch (random.below(6)) {
      case 0:
        m[at] = static_cast<std::uint8_t>(random.u32());
        break;
      case 1:
        m[at] = static_cast<std::uint8_t>(m[at] ^ (1U << random.below(8)));
        break;
      case 2:
        m.resize(at);
        break;
      case 3:
        m.insert(m.begin() + static_cast<std::ptrdiff_t>(at),
                 static_cast<std::uint8_t>(random.u32()));
        break;
      case 4:  // a pointer to anywhere
        m[at] = static_cast<std::uint8_t>(0xc0 | random.below(4) / 3);
        if (at + 1 < m.size()) m[at + 1] = static_cast<std::uint8_t>(random.u32());
        break;
      default:  // a count
        if (m.size() > 11) m[5 + 2 * random.below(4)] = static_cast<std::uint8_t>(random.below(4));
    }
  }
  m.shrink_to_fit();
  return m;
}

std::vector<std::uint8_t> g_buffer(65535 + 200);

void check_message(const Message& message) {
  const MessageView view = MessageView::parse(message);
  if (!view.ok() && view.error() != ParseError::trailing_bytes) return;
  std::size_t count = 0;
  std::size_t at = view.records_at();
  view.for_each([&](const Record& record) {
    ++count;
    EXPECT_EQ(record.name_at, at);
    EXPECT_LE(record.end, message.size());
    EXPECT_LE(view.owner(record).wire().size(), 255U);
    at = record.end;
    return true;
  });
  const Header& h = view.header();
  EXPECT_EQ(count, std::size_t{h.ancount} + h.nscount + h.arcount);
  EXPECT_EQ(view.ok(), at == message.size());
}

void check_normalised(const Message& message, bool dnssec_ok) {
  const MessageView view = MessageView::parse(message);
  if (!view.ok() || !view.has_question()) return;
  const auto answer = normalise(view, dnssec_ok, g_buffer);
  if (!answer) return;
  const Message copy(answer->message.begin(), answer->message.end());
  const MessageView result = MessageView::parse(copy);
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.question(), view.question());
  EXPECT_FALSE(result.edns());
  EXPECT_EQ(result.header().arcount, 0);
  const auto again = normalise(result, dnssec_ok, g_buffer);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->kind, answer->kind);
  EXPECT_EQ(again->last_name, answer->last_name);
}

void check_query(const Message& message, const Message& stored) {
  const QueryView query = QueryView::parse(message);
  if (query.error == ParseError::short_header) return;
  const ReplyTarget target = reply_target(query, false);
  ReplyMeta meta;
  meta.rcode = query.error == ParseError::none ? Rcode::noerror : Rcode::formerr;
  const Bytes empty = write_empty_reply(target, meta, g_buffer);
  EXPECT_LE(empty.size(), message.size() + 11);
  const ParseError error = MessageView::parse(empty).error();
  EXPECT_EQ(error, query.has_question ? ParseError::none : ParseError::question_count);
  if (!query.has_question || query.name.size() != 17) return;
  const Bytes reply = write_stored_reply(target, meta, stored, g_buffer);
  EXPECT_LE(reply.size(), target.limit);
  EXPECT_EQ(
      check_reply(reply, query.header.id, query.question()),
      query.header.opcode() == Opcode::query ? ReplyMatch::match : ReplyMatch::not_a_response);
}

TEST(Hostile, MutatedMessagesBreakNothing) {
  test::SeededRandom random(2026);
  const auto all = seeds();
  const Raw stored_raw = MessageBuilder(1, 0x8180)
                             .question("www.example.org")
                             .raw(test::record(pointer(12), RrType::a, 60, ip4(192, 0, 2, 1)))
                             .count(1, 1)
                             .build();
  const Message stored(stored_raw.begin(), stored_raw.end());
  for (int i = 0; i < 20000; ++i) {
    const auto pick = random.below(static_cast<std::uint32_t>(all.size()));
    const Message message = mutate(all[pick], random);
    check_message(message);
    check_normalised(message, i % 2 == 0);
    check_query(message, stored);
    if (HasFailure()) {
      FAIL() << "mutation " << i << " of seed " << pick;
    }
  }
}

TEST(Hostile, SeedsThemselvesAreSound) {
  for (const Raw& seed : seeds()) {
    EXPECT_TRUE(MessageView::parse(test::as_bytes(seed)).ok());
    EXPECT_TRUE(normalise(MessageView::parse(test::as_bytes(seed)), true, g_buffer));
  }
}

TEST(Hostile, EveryCutOfASoundMessageIsAnError) {
  for (const Raw& seed : seeds()) {
    for (std::size_t size = 0; size < seed.size(); ++size) {
      const Message cut(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(MessageView::parse(cut).ok());
      EXPECT_NE(QueryView::parse(cut).error, ParseError::none);
    }
  }
}

}  // namespace
}  // namespace holdfast::dns
