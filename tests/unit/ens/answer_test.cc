#include "ens/answer.h"

#include <gtest/gtest.h>

#include "dns/message_view.h"

namespace holdfast::ens {
namespace {

dns::Name name(std::string_view text) {
  return dns::Name::parse(text).value();
}

const dns::Question kQuestion{name("WWW.dns.eth"), dns::RrType::a, dns::RrClass::in};

TEST(Answer, is_a_reply_without_claims_of_dnssec) {
  Answer answer;
  answer.records.push_back({kQuestion.name, dns::RrType::a, 300, {192, 0, 2, 1}});
  std::vector<std::uint8_t> buffer(2000);
  const auto view = dns::MessageView::parse(write_answer(kQuestion, 4711, answer, buffer));
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(4711, view.header().id);
  EXPECT_TRUE(view.header().has(dns::flag::qr));
  EXPECT_FALSE(view.header().has(dns::flag::ad));
  EXPECT_FALSE(view.edns());
  EXPECT_TRUE(view.question().name.same_case(kQuestion.name));
  view.for_each([&](const dns::Record& record) {
    EXPECT_EQ(kQuestion.name, view.owner(record));
    EXPECT_EQ(300U, record.ttl);
    EXPECT_EQ(4U, record.rdata_size);
    return true;
  });
}

TEST(Answer, a_failure_says_why) {
  Answer answer;
  answer.rcode = dns::Rcode::servfail;
  answer.ede = dns::EdeCode::network_error;
  answer.ede_text = "no endpoint answers";
  std::vector<std::uint8_t> buffer(2000);
  const auto view = dns::MessageView::parse(write_answer(kQuestion, 1, answer, buffer));
  ASSERT_TRUE(view.ok() && view.edns());
  EXPECT_EQ(dns::Rcode::servfail, view.rcode());
  EXPECT_EQ(dns::EdeCode::network_error, view.edns()->ede);
}

TEST(Answer, what_no_message_can_carry_is_a_failure) {
  Answer answer;
  for (int i = 0; i < 300; ++i)
    answer.records.push_back({kQuestion.name, dns::RrType::txt, 300, Blob(250, 1)});
  std::vector<std::uint8_t> buffer(65535);
  const auto view = dns::MessageView::parse(write_answer(kQuestion, 1, answer, buffer));
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(dns::Rcode::servfail, view.rcode());
  EXPECT_EQ(0, view.header().ancount);
}

TEST(Answer, a_made_soa_has_the_blocks_number_as_serial) {
  AnswerPolicy policy;
  policy.name_servers = {name("ns.example")};
  const auto soa = made_soa(name("dns.eth"), policy, {195, {}}, 60);
  EXPECT_EQ(60U, soa.ttl);
  dns::WireReader reader(soa.rdata);
  // Positions in an rdata count as those in a message would: pointers there are none.
  EXPECT_EQ("ns.example", dns::Name::read(reader)->to_string());
  EXPECT_EQ("hostmaster.ns.example", dns::Name::read(reader)->to_string());
  for (const std::uint32_t number : {195U, 3600U, 600U, 604800U, 60U})
    EXPECT_EQ(number, reader.u32());
  EXPECT_EQ(0U, reader.remaining());
  EXPECT_TRUE(reader.ok());
}

TEST(Answer, without_name_servers_the_primary_never_exists) {
  const auto soa = made_soa(name("eth"), {}, {}, 60);
  dns::WireReader reader(soa.rdata);
  EXPECT_EQ("ens.invalid", dns::Name::read(reader)->to_string());
}

}  // namespace
}  // namespace holdfast::ens
