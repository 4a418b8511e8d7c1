#include "dns/header.h"

#include <array>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

TEST(Header, ReadsAndWritesItsTwelveBytes) {
  const test::Raw raw("\xab\xcd\xa9\x23\0\1\0\2\0\3\0\4", 12);
  const auto header = Header::read(test::as_bytes(raw));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->id, 0xabcd);
  EXPECT_TRUE(header->has(flag::qr));
  EXPECT_FALSE(header->has(flag::aa));
  EXPECT_TRUE(header->has(flag::rd));
  EXPECT_FALSE(header->has(flag::ra));
  EXPECT_TRUE(header->has(flag::ad));
  EXPECT_EQ(header->opcode(), Opcode::update);
  EXPECT_EQ(header->rcode_bits(), 3);
  EXPECT_EQ(header->qdcount, 1);
  EXPECT_EQ(header->ancount, 2);
  EXPECT_EQ(header->nscount, 3);
  EXPECT_EQ(header->arcount, 4);
  std::array<std::uint8_t, 12> out{};
  WireWriter writer(out);
  header->write(writer);
  EXPECT_EQ(test::as_raw(writer.written()), raw);
}

TEST(Header, NeedsTwelveBytes) {
  const test::Raw raw(12, '\0');
  for (std::size_t size = 0; size < 12; ++size) {
    EXPECT_FALSE(Header::read(test::as_bytes(raw.substr(0, size)))) << size;
  }
  EXPECT_TRUE(Header::read(test::as_bytes(raw)));
}

}  // namespace
}  // namespace holdfast::dns
