#include "dns/ttl.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::ip4;
using test::MessageBuilder;
using test::Raw;

std::optional<std::uint32_t> least(const Raw& message) {
  return min_ttl(MessageView::parse(as_bytes(message)));
}

std::optional<std::uint32_t> negative(const Raw& message) {
  return negative_ttl(MessageView::parse(as_bytes(message)));
}

TEST(SaneTtl, TopBitIsZero) {
  EXPECT_EQ(sane_ttl(0), 0U);
  EXPECT_EQ(sane_ttl(0x7fffffff), 0x7fffffffU);
  EXPECT_EQ(sane_ttl(0x80000000), 0U);
  EXPECT_EQ(sane_ttl(0xffffffff), 0U);
}

TEST(MinTtl, IsTheSmallestOfAllSectionsButOpt) {
  const auto with = [](std::uint32_t a, std::uint32_t b) {
    return MessageBuilder()
        .question("a")
        .answer("a", RrType::a, a, ip4(1, 2, 3, 4))
        .additional("b", RrType::a, b, ip4(1, 2, 3, 4))
        .opt(test::opt())  // its TTL field is 0
        .build();
  };
  EXPECT_EQ(least(with(300, 60)), 60U);
  EXPECT_EQ(least(with(30, 60)), 30U);
  EXPECT_EQ(least(with(30, 0x80000001)), 0U);
  EXPECT_EQ(least(MessageBuilder().question("a").opt(test::opt()).build()), std::nullopt);
}

TEST(NegativeTtl, IsTheSoasSmallerNumber) {
  const auto with = [](std::uint32_t ttl, std::uint32_t minimum) {
    return MessageBuilder()
        .question("a.example")
        .authority("example", RrType::ns, 1, test::name("ns"))
        .authority("example", RrType::soa, ttl, test::soa("example", minimum))
        .authority("example", RrType::soa, 2, test::soa("example", 2))
        .build();
  };
  EXPECT_EQ(negative(with(3600, 300)), 300U);
  EXPECT_EQ(negative(with(60, 300)), 60U);
  EXPECT_EQ(negative(with(60, 0x80000000)), 0U);
  EXPECT_EQ(negative(with(0x80000000, 60)), 0U);
}

TEST(NegativeTtl, NeedsASoundSoaInAuthority) {
  EXPECT_EQ(negative(MessageBuilder().question("a").build()), std::nullopt);
  EXPECT_EQ(negative(MessageBuilder()
                         .question("a")
                         .additional("a", RrType::soa, 60, test::soa("a", 60))
                         .build()),
            std::nullopt);
  const Raw soa = test::soa("a", 60);
  for (const Raw& rdata : {soa + "x", soa.substr(1), soa.substr(0, soa.size() - 1), Raw()}) {
    EXPECT_EQ(
        negative(MessageBuilder().question("a").authority("a", RrType::soa, 60, rdata).build()),
        std::nullopt);
  }
}

TEST(Ttls, AreRewrittenAndAgedInPlace) {
  const Raw raw = "...." + test::u32(300) + "--" + test::u32(20);
  std::vector<std::uint8_t> message(raw.begin(), raw.end());
  const std::vector<std::uint16_t> offsets = {4, 10};
  age_ttls(message, offsets, 19);
  EXPECT_EQ(test::as_raw(message), "...." + test::u32(281) + "--" + test::u32(1));
  age_ttls(message, offsets, 280);
  EXPECT_EQ(test::as_raw(message), "...." + test::u32(1) + "--" + test::u32(1));
  age_ttls(message, offsets, 0xffffffff);
  EXPECT_EQ(test::as_raw(message), "...." + test::u32(1) + "--" + test::u32(1));
  rewrite_ttls(message, offsets, 30);
  EXPECT_EQ(test::as_raw(message), "...." + test::u32(30) + "--" + test::u32(30));
}

}  // namespace
}  // namespace holdfast::dns
