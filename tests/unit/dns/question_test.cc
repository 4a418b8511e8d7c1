#include "dns/question.h"

#include <array>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::Raw;

TEST(Question, RoundTrip) {
  const Question question{*Name::parse("wWw.example.org"), RrType::aaaa, RrClass::ch};
  std::array<std::uint8_t, 64> buffer{};
  WireWriter writer(buffer);
  question.write(writer);
  EXPECT_EQ(writer.at(), question.size());
  WireReader reader(writer.written());
  const auto back = Question::read(reader);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, question);
  EXPECT_TRUE(back->name.same_case(question.name));
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(Question, EqualityIgnoresCaseOnly) {
  const Question a{*Name::parse("www.example.org"), RrType::a, RrClass::in};
  EXPECT_EQ(a, (Question{*Name::parse("WWW.example.ORG"), RrType::a, RrClass::in}));
  EXPECT_NE(a, (Question{*Name::parse("www.example.org"), RrType::ns, RrClass::in}));
  EXPECT_NE(a, (Question{*Name::parse("www.example.org"), RrType::a, RrClass::ch}));
}

TEST(Question, IsNeverCompressed) {
  // The pointer would be a legal one for any other name.
  const Raw message = Raw(12, '\0') + test::name("org") + test::pointer(12) + test::u32(0x00010001);
  WireReader reader(as_bytes(message), 17);
  EXPECT_FALSE(Question::read(reader));
  EXPECT_FALSE(reader.ok());
}

TEST(Question, CutAnywhereIsNone) {
  const Raw whole = test::name("www.example.org") + test::u32(0x00010001);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Raw cut = whole.substr(0, size);
    WireReader reader(as_bytes(cut));
    EXPECT_FALSE(Question::read(reader)) << size;
    EXPECT_FALSE(reader.ok());
  }
}

TEST(Question, PrintsForPeople) {
  const auto name = *Name::parse("www.example.org");
  EXPECT_EQ((Question{name, RrType::aaaa, RrClass::in}).to_string(), "www.example.org AAAA");
  EXPECT_EQ((Question{name, RrType::txt, RrClass::ch}).to_string(), "www.example.org CH TXT");
}

}  // namespace
}  // namespace holdfast::dns
