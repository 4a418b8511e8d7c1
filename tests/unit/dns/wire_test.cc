#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "dns/wire_reader.h"
#include "dns/wire_writer.h"
#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::Raw;

TEST(WireReader, ReadsNumbersInNetworkOrder) {
  const Raw raw("\x01\x02\x03\x04\x05\x06\x07", 7);
  WireReader reader(as_bytes(raw));
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u32(), 0x04050607U);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(WireReader, FailsForGoodPastTheEnd) {
  const Raw raw("\x01\x02\x03", 3);
  WireReader reader(as_bytes(raw));
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_TRUE(reader.bytes(0).empty());
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_FALSE(WireReader(as_bytes(raw), 4).ok());
  EXPECT_TRUE(WireReader(as_bytes(raw), 3).ok());
}

TEST(WireReader, SkipsNamesInPlace) {
  struct Case {
    Raw bytes;
    bool ok;
    std::size_t at;
  };

  for (const Case& c : std::vector<Case>{{Raw("\0x", 2), true, 1},
                                         {Raw("\1a\2bc\0x", 7), true, 6},
                                         {Raw("\1a\xc0\x00x", 5), true, 4},
                                         {Raw("\xff\xffx", 3), true, 2},  // never followed
                                         {Raw("\1a\xc0", 3), false, 0},
                                         {Raw("\5abc", 4), false, 0},
                                         {Raw("\1a", 2), false, 0},
                                         {Raw("\x40" + Raw(70, 'a')), false, 0},
                                         {Raw("\x80" + Raw(70, 'a')), false, 0},
                                         {Raw(), false, 0}}) {
    WireReader reader(as_bytes(c.bytes));
    reader.skip_name();
    EXPECT_EQ(reader.ok(), c.ok);
    if (!c.ok) continue;
    EXPECT_EQ(reader.at(), c.at);
  }
}

TEST(WireWriter, WritesWholeOrNothing) {
  std::array<std::uint8_t, 5> buffer{};
  WireWriter writer(buffer);
  writer.u16(0x0102);
  writer.u32(0x03040506);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.at(), 2U);
  writer.u8(9);  // failed for good
  EXPECT_EQ(writer.at(), 2U);
  writer.rollback(1);
  EXPECT_TRUE(writer.ok());
  writer.u32(0xa1b2c3d4);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(buffer, (std::array<std::uint8_t, 5>{1, 0xa1, 0xb2, 0xc3, 0xd4}));
  writer.bytes({});
  EXPECT_TRUE(writer.ok());
  writer.patch_u16(0, 0x7788);
  EXPECT_EQ(buffer[1], 0x88);
}

}  // namespace
}  // namespace holdfast::dns
