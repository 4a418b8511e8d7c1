#include "dns/ttl.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::Raw;

TEST(SaneTtl, TopBitIsZero) {
  EXPECT_EQ(sane_ttl(0), 0U);
  EXPECT_EQ(sane_ttl(0x7fffffff), 0x7fffffffU);
  EXPECT_EQ(sane_ttl(0x80000000), 0U);
  EXPECT_EQ(sane_ttl(0xffffffff), 0U);
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
