#include "dns/name_compressor.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_raw;
using test::pointer;
using test::Raw;

TEST(NameCompressor, PointsToWhatWasWritten) {
  std::array<std::uint8_t, 512> buffer{};
  WireWriter writer(buffer, 12);
  NameCompressor names(writer);
  const auto written = [&](const char* text) {
    const std::size_t from = writer.at();
    names.write(*Name::parse(text));
    return as_raw(writer.written().subspan(from));
  };
  EXPECT_EQ(written("www.example.org"), test::name("www.example.org"));
  EXPECT_EQ(written("www.example.org"), pointer(12));
  EXPECT_EQ(written("WWW.EXAMPLE.ORG"), pointer(12));
  EXPECT_EQ(written("example.org"), pointer(16));
  EXPECT_EQ(written("mail.example.org"), "\4mail" + pointer(16));
  EXPECT_EQ(written("a.mail.example.org"), "\1a" + pointer(35));
  EXPECT_EQ(written("example.com"), test::name("example.com"));
  EXPECT_EQ(written("com"), pointer(54));
  EXPECT_EQ(written("."), Raw(1, '\0'));
  EXPECT_EQ(written("w.example.org.com"), "\1w\7example\3org" + pointer(54));
}

TEST(NameCompressor, EveryNameReadsBack) {
  std::vector<std::uint8_t> buffer(65535);
  WireWriter writer(buffer, 12);
  NameCompressor names(writer);
  test::SeededRandom random(11);
  std::vector<std::pair<std::size_t, Name>> placed;
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (auto left = random.below(6) + 1; left > 0; --left) {
      text += std::string(1 + random.below(2), static_cast<char>('a' + random.below(4))) + ".";
    }
    const auto name = *Name::parse(text);
    placed.emplace_back(writer.at(), name);
    names.write(name);
  }
  ASSERT_TRUE(writer.ok());
  ASSERT_GT(writer.at(), 0x4000U);  // beyond what a pointer reaches
  for (const auto& [at, name] : placed) {
    WireReader reader(writer.written(), at);
    const auto back = Name::read(reader);
    ASSERT_TRUE(back) << at;
    ASSERT_EQ(*back, name);
  }
}

TEST(NameCompressor, FailsWithItsWriter) {
  std::array<std::uint8_t, 20> buffer{};
  WireWriter writer(buffer, 12);
  NameCompressor names(writer);
  names.write(*Name::parse("too.long.for.this"));
  EXPECT_FALSE(writer.ok());
  names.write(*Name::parse("too.long.for.this"));
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.at(), 12U);
}

}  // namespace
}  // namespace holdfast::dns
