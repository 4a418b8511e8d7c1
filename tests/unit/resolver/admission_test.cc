// Which queries are looked up, and what the others are told.
#include "resolver/admission.h"

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast {
namespace {

using dns::Rcode;
using dns::RrClass;
using dns::RrType;
using dns::test::MessageBuilder;
using dns::test::Raw;

const std::vector<IpPrefix>& loopback_only() {
  static const std::vector<IpPrefix> acl{parse_prefix("127.0.0.0/8").value(),
                                         parse_prefix("::1").value()};
  return acl;
}

Admitted admitted(const Raw& raw, const char* client = "127.0.0.1") {
  return admit(dns::QueryView::parse(dns::test::as_bytes(raw)), parse_ip(client).value(),
               loopback_only());
}

Raw query(RrType type, RrClass rr_class = RrClass::in) {
  return MessageBuilder().question("www.example.org", type, rr_class).build();
}

constexpr unsigned opcode(unsigned value) {
  return value << 11U;
}

TEST(Admission, answers_each_query_as_its_rfc_says) {
  struct Row {
    const char* what;
    Raw query;
    Admission admission;
    Rcode rcode;
  };

  const auto reply = Admission::reply;
  const Row rows[] = {
      {"A", query(RrType::a), Admission::proceed, Rcode::noerror},
      {"ANY", query(RrType::any), Admission::proceed, Rcode::noerror},
      {"unknown type", query(static_cast<RrType>(65280)), Admission::proceed, Rcode::noerror},
      {"EDNS 0", MessageBuilder().question("a.b").opt(dns::test::opt()).build(), Admission::proceed,
       Rcode::noerror},
      {"AXFR", query(RrType::axfr), reply, Rcode::refused},
      {"IXFR", query(RrType::ixfr), reply, Rcode::refused},
      {"OPT", query(RrType::opt), reply, Rcode::formerr},
      {"type 0", query(RrType::none), reply, Rcode::formerr},
      {"TKEY", query(RrType::tkey), reply, Rcode::notimp},
      {"MAILA", query(RrType::maila), reply, Rcode::notimp},
      {"type 128", query(RrType::nxname), reply, Rcode::formerr},
      {"CH", query(RrType::txt, RrClass::ch), reply, Rcode::refused},
      {"class ANY", query(RrType::a, RrClass::any), reply, Rcode::refused},
      {"EDNS 1", MessageBuilder().question("a.b").opt(dns::test::opt(1232, {}, 0, 1)).build(),
       reply, Rcode::badvers},
      {"NOTIFY", MessageBuilder(1, opcode(4)).question("a.b").build(), reply, Rcode::notimp},
      {"UPDATE without a question", MessageBuilder(1, opcode(5)).build(), reply, Rcode::notimp},
      {"no question", MessageBuilder().build(), reply, Rcode::formerr},
      {"two questions", MessageBuilder().question("a.b").question("c.d").build(), reply,
       Rcode::formerr},
      {"cut off", query(RrType::a).substr(0, 20), reply, Rcode::formerr},
      {"trailing bytes", query(RrType::a) + "x", reply, Rcode::formerr},
      {"two OPTs",
       MessageBuilder().question("a.b").opt(dns::test::opt()).opt(dns::test::opt()).build(), reply,
       Rcode::formerr},
      {"short", query(RrType::a).substr(0, 11), Admission::drop_short, Rcode::noerror},
      {"empty", Raw(), Admission::drop_short, Rcode::noerror},
      {"a response", MessageBuilder(1, dns::flag::qr).question("a.b").build(),
       Admission::drop_response, Rcode::noerror},
      {"a header of a response", MessageBuilder(1, dns::flag::qr).build(), Admission::drop_response,
       Rcode::noerror},
  };
  for (const Row& row : rows) {
    const Admitted found = admitted(row.query);
    EXPECT_EQ(found.what, row.admission) << row.what;
    EXPECT_EQ(found.meta.rcode, row.rcode) << row.what << " " << to_string(found.meta.rcode);
    EXPECT_FALSE(found.refused_by_acl) << row.what;
  }
}

TEST(Admission, refuses_strangers_before_anything_else) {
  struct Row {
    const char* client;
    bool welcome;
  };

  const Row rows[] = {{"127.0.0.1", true},  {"127.255.0.9", true},      {"::1", true},
                      {"192.0.2.1", false}, {"::ffff:127.0.0.1", true}, {"2001:db8::1", false},
                      {"::2", false}};
  for (const Row& row : rows) {
    const Admitted found = admitted(query(RrType::a), row.client);
    EXPECT_EQ(found.what == Admission::proceed, row.welcome) << row.client;
    EXPECT_EQ(found.refused_by_acl, !row.welcome) << row.client;
    if (row.welcome) continue;
    EXPECT_EQ(found.meta.rcode, Rcode::refused);
    EXPECT_EQ(found.meta.ede, dns::EdeCode::prohibited);
    EXPECT_FALSE(found.meta.ede_text.empty());
    EXPECT_TRUE(admitted(MessageBuilder(1, opcode(5)).build(), row.client).refused_by_acl);
  }
}

TEST(Admission, drops_what_must_not_be_answered_whoever_sent_it) {
  EXPECT_EQ(admitted("abc", "192.0.2.1").what, Admission::drop_short);
  const Raw response = MessageBuilder(1, dns::flag::qr).question("a.b").build();
  EXPECT_EQ(admitted(response, "192.0.2.1").what, Admission::drop_response);
}

TEST(Admission, an_empty_access_list_admits_nobody) {
  const Raw raw = query(RrType::a);
  const Admitted found =
      admit(dns::QueryView::parse(dns::test::as_bytes(raw)), parse_ip("127.0.0.1").value(), {});
  EXPECT_TRUE(found.refused_by_acl);
}

}  // namespace
}  // namespace holdfast
