// What a reply means once its records have been looked at.
#include <array>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"
#include "upstream/classify.h"

namespace holdfast {
namespace {

using dns::RrType;
using dns::test::as_bytes;
using dns::test::ip4;
using dns::test::MessageBuilder;
using dns::test::name;
using dns::test::Raw;
using dns::test::soa;

constexpr unsigned kNoError = dns::flag::qr | dns::flag::rd | dns::flag::ra;
constexpr unsigned kNxDomain = kNoError | 3U;

MessageBuilder asked(unsigned flags) {
  MessageBuilder builder(1, flags);
  builder.question("www.example.org");
  return builder;
}

Outcome refined(const MessageBuilder& builder) {
  const Raw raw = builder.build();
  const auto reply = dns::MessageView::parse(as_bytes(raw));
  EXPECT_TRUE(reply.ok());
  std::array<std::uint8_t, 4096> buffer;
  return refine(reply, dns::normalise(reply, false, buffer));
}

TEST(Refine, tells_positive_nodata_and_nxdomain_apart) {
  EXPECT_EQ(refined(asked(kNoError).answer("www.example.org", RrType::a, 60, ip4(192, 0, 2, 1))),
            Outcome::positive);
  EXPECT_EQ(
      refined(asked(kNoError).authority("example.org", RrType::soa, 60, soa("example.org", 60))),
      Outcome::nodata);
  EXPECT_EQ(
      refined(asked(kNxDomain).authority("example.org", RrType::soa, 60, soa("example.org", 60))),
      Outcome::nxdomain);
  EXPECT_EQ(refined(asked(kNoError)), Outcome::nodata);
  EXPECT_EQ(refined(asked(kNxDomain)), Outcome::nxdomain);
}

TEST(Refine, follows_the_chain_to_its_end) {
  const auto chain = [](unsigned flags) {
    return asked(flags).answer("www.example.org", RrType::cname, 60, name("web.example.net"));
  };
  EXPECT_EQ(refined(chain(kNoError).answer("web.example.net", RrType::a, 60, ip4(192, 0, 2, 1))),
            Outcome::positive);
  EXPECT_EQ(
      refined(chain(kNxDomain).authority("example.net", RrType::soa, 60, soa("example.net", 60))),
      Outcome::nxdomain);  // RFC 6604: of the last name
  EXPECT_EQ(
      refined(chain(kNoError).authority("example.net", RrType::soa, 60, soa("example.net", 60))),
      Outcome::nodata);
}

TEST(Refine, calls_foreign_records_malformed) {
  EXPECT_EQ(refined(asked(kNoError).answer("www.evil.example", RrType::a, 60, ip4(192, 0, 2, 1))),
            Outcome::malformed);
  EXPECT_EQ(refined(asked(kNxDomain).answer("www.evil.example", RrType::a, 60, ip4(192, 0, 2, 1))),
            Outcome::malformed);
  EXPECT_EQ(refined(asked(kNoError).answer("www.example.org", RrType::txt, 60, "\1a")),
            Outcome::malformed);
}

TEST(Refine, calls_a_referral_lame) {
  EXPECT_EQ(refined(asked(kNoError)
                        .authority("org", RrType::ns, 60, name("a.nic.example"))
                        .additional("a.nic.example", RrType::a, 60, ip4(192, 0, 2, 1))),
            Outcome::lame);
  EXPECT_EQ(refined(asked(kNoError)
                        .authority("example.org", RrType::ns, 60, name("ns.example.org"))
                        .authority("example.org", RrType::soa, 60, soa("example.org", 60))),
            Outcome::nodata);  // a negative answer that names its servers
}

TEST(Refine, calls_an_nxdomain_with_data_malformed) {
  EXPECT_EQ(refined(asked(kNxDomain).answer("www.example.org", RrType::a, 60, ip4(192, 0, 2, 1))),
            Outcome::malformed);
}

TEST(Refine, calls_malformed_what_could_not_be_normalised) {
  EXPECT_EQ(refined(asked(kNoError).answer("www.example.org", RrType::a, 60, "abc")),
            Outcome::malformed);
  EXPECT_EQ(refined(asked(kNoError).answer("www.example.org", RrType::cname, 60,
                                           name("www.example.org"))),
            Outcome::malformed);
}

}  // namespace
}  // namespace holdfast
