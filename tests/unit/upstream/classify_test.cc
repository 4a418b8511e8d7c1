// What a reply means by its header and OPT.
#include "upstream/classify.h"

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast {
namespace {

using dns::EdeCode;
using dns::Rcode;
using dns::test::as_bytes;
using dns::test::MessageBuilder;
using dns::test::Raw;

constexpr unsigned kReply = dns::flag::qr | dns::flag::rd | dns::flag::ra;

enum class Opt : std::uint8_t { none, plain };

/// A reply to `www.example.org A` without records; the rcode's upper bits go into the OPT.
Raw reply(Rcode rcode, Opt opt = Opt::none, unsigned more_flags = 0) {
  const auto value = static_cast<unsigned>(rcode);
  MessageBuilder builder(1, kReply | more_flags | (value & 15U));
  builder.question("www.example.org");
  if (opt == Opt::plain) builder.opt(dns::test::opt(1232, {}, 0, 0, value >> 4U));
  return builder.build();
}

Raw with_ede(Rcode rcode, unsigned code) {
  return MessageBuilder(1, kReply | static_cast<unsigned>(rcode))
      .question("www.example.org")
      .opt(dns::test::opt(1232, dns::test::option(15, dns::test::u16(code) + "text")))
      .build();
}

Verdict verdict_of(const Raw& raw, bool edns_sent = true, bool over_tcp = false) {
  return classify(dns::MessageView::parse(as_bytes(raw)), edns_sent, over_tcp);
}

TEST(Classify, reads_every_rcode) {
  struct Row {
    Rcode rcode;
    Outcome with_opt;     // we sent EDNS and the reply has an OPT
    Outcome without_opt;  // we sent EDNS and the reply has none
    Outcome plain;        // we sent none
  };

  using enum Outcome;
  const Row rows[] = {
      {Rcode::noerror, positive, positive, positive},
      {Rcode::formerr, formerr, formerr_edns, formerr},
      {Rcode::servfail, servfail, servfail, servfail},
      {Rcode::nxdomain, nxdomain, nxdomain, nxdomain},
      {Rcode::notimp, notimp, formerr_edns, notimp},
      {Rcode::refused, refused, refused, refused},
      {Rcode::yxdomain, other_rcode, other_rcode, other_rcode},
      {static_cast<Rcode>(7), other_rcode, other_rcode, other_rcode},
      {static_cast<Rcode>(8), other_rcode, other_rcode, other_rcode},
      {Rcode::notauth, other_rcode, other_rcode, other_rcode},
      {static_cast<Rcode>(10), other_rcode, other_rcode, other_rcode},
      {static_cast<Rcode>(15), other_rcode, other_rcode, other_rcode},
  };
  for (const Row& row : rows) {
    const auto name = to_string(row.rcode);
    EXPECT_EQ(verdict_of(reply(row.rcode, Opt::plain)).outcome, row.with_opt) << name;
    EXPECT_EQ(verdict_of(reply(row.rcode)).outcome, row.without_opt) << name;
    EXPECT_EQ(verdict_of(reply(row.rcode), false).outcome, row.plain) << name;
  }
}

TEST(Classify, reads_rcodes_that_reach_into_the_opt) {
  EXPECT_EQ(verdict_of(reply(Rcode::badvers, Opt::plain)).outcome, Outcome::formerr_edns);
  EXPECT_EQ(verdict_of(reply(Rcode::badvers, Opt::plain), false).outcome, Outcome::other_rcode);
  const Raw bad_cookie = reply(Rcode::badcookie, Opt::plain);
  EXPECT_EQ(verdict_of(bad_cookie).outcome, Outcome::bad_cookie);
  EXPECT_EQ(verdict_of(bad_cookie, false).outcome, Outcome::other_rcode);
  EXPECT_EQ(verdict_of(bad_cookie, true, true).outcome, Outcome::other_rcode);  // none was sent
}

TEST(Classify, takes_truncation_over_the_rcode) {
  for (const Rcode rcode : {Rcode::noerror, Rcode::nxdomain, Rcode::servfail}) {
    const Raw cut = reply(rcode, Opt::none, dns::flag::tc);
    EXPECT_EQ(verdict_of(cut, true, false).outcome, Outcome::truncated);
    EXPECT_EQ(verdict_of(cut, true, true).outcome, Outcome::malformed);  // RFC 7766: cannot be
  }
}

TEST(Classify, knows_a_validators_and_a_filters_verdict_by_the_ede) {
  struct Row {
    unsigned code;
    bool bogus;
    bool blocked;
  };

  const Row rows[] = {
      {0, false, false},  {4, false, false},  {5, true, false},   {6, true, false},
      {7, true, false},   {8, true, false},   {9, true, false},   {10, true, false},
      {11, true, false},  {12, true, false},  {13, false, false}, {14, false, false},
      {15, false, true},  {16, false, true},  {17, false, true},  {18, false, true},
      {19, false, false}, {22, false, false}, {23, false, false}, {4711, false, false}};
  for (const Row& row : rows) {
    const Verdict verdict = verdict_of(with_ede(Rcode::servfail, row.code));
    EXPECT_EQ(verdict.outcome, Outcome::servfail);
    EXPECT_EQ(verdict.ede, static_cast<EdeCode>(row.code));
    EXPECT_EQ(verdict.bogus, row.bogus) << row.code;
    EXPECT_EQ(verdict.blocked, row.blocked) << row.code;
  }
}

TEST(Classify, takes_bogus_from_servfail_only_and_blocked_from_anything) {
  for (const Rcode rcode : {Rcode::noerror, Rcode::nxdomain, Rcode::refused}) {
    EXPECT_FALSE(verdict_of(with_ede(rcode, 6)).bogus) << to_string(rcode);
    EXPECT_TRUE(verdict_of(with_ede(rcode, 15)).blocked) << to_string(rcode);
  }
}

TEST(Classify, believes_an_error_that_left_the_question_out) {
  struct Row {
    Rcode rcode;
    bool edns_sent;
    Outcome outcome;
  };

  const Row rows[] = {
      {Rcode::formerr, true, Outcome::formerr_edns}, {Rcode::formerr, false, Outcome::formerr},
      {Rcode::notimp, true, Outcome::formerr_edns},  {Rcode::notimp, false, Outcome::notimp},
      {Rcode::refused, true, Outcome::refused},      {Rcode::servfail, true, Outcome::servfail},
      {Rcode::noerror, true, Outcome::malformed},  // an answer must say to what
      {Rcode::nxdomain, true, Outcome::malformed},
  };
  for (const Row& row : rows) {
    const Raw bare = MessageBuilder(1, kReply | static_cast<unsigned>(row.rcode)).build();
    ASSERT_EQ(bare.size(), dns::kHeaderBytes);
    EXPECT_EQ(verdict_of(bare, row.edns_sent).outcome, row.outcome) << to_string(row.rcode);
  }
}

TEST(Classify, calls_malformed_what_does_not_parse) {
  const Raw whole = reply(Rcode::noerror, Opt::plain);
  const Raw broken[] = {
      whole.substr(0, 5),
      whole.substr(0, 20),
      whole.substr(0, whole.size() - 1),
      whole + "x",
      MessageBuilder(1, kReply | 2U).question("a.example").question("b.example").build(),
      MessageBuilder(1, kReply | 2U).question("a.example").count(1, 1).build(),
  };
  for (const Raw& raw : broken) {
    EXPECT_EQ(verdict_of(raw).outcome, Outcome::malformed) << raw.size();
    EXPECT_FALSE(verdict_of(raw).ede);
  }
}

}  // namespace
}  // namespace holdfast
