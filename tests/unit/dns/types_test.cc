#include "dns/types.h"

#include <gtest/gtest.h>

namespace holdfast::dns {
namespace {

TEST(RrType, NamesRoundTripForEveryValue) {
  for (unsigned value = 0; value <= 0xffff; ++value) {
    const auto type = RrType{static_cast<std::uint16_t>(value)};
    const auto back = parse_type(to_string(type));
    ASSERT_TRUE(back) << value;
    ASSERT_EQ(*back, type);
  }
}

TEST(RrType, ParsesAnyCaseAndTheUnknown) {
  EXPECT_EQ(parse_type("aaaa"), RrType::aaaa);
  EXPECT_EQ(parse_type("Https"), RrType::https);
  EXPECT_EQ(parse_type("type1"), RrType::a);
  EXPECT_EQ(parse_type("TYPE65535"), RrType{65535});
  EXPECT_EQ(to_string(RrType{1000}), "TYPE1000");
  for (const char* text : {"", "TYPE", "TYPE65536", "TYPE-1", "TYPE1x", "AAAAA", "x", "1"}) {
    EXPECT_FALSE(parse_type(text)) << text;
  }
}

TEST(Names, OfTheOtherNumbers) {
  EXPECT_EQ(to_string(Rcode::servfail), "SERVFAIL");
  EXPECT_EQ(to_string(Rcode::badvers), "BADVERS");
  EXPECT_EQ(to_string(Rcode{100}), "RCODE100");
  EXPECT_EQ(to_string(RrClass::ch), "CH");
  EXPECT_EQ(to_string(RrClass{7}), "CLASS7");
  EXPECT_EQ(to_string(EdeCode::stale_answer), "Stale Answer");
  EXPECT_EQ(to_string(EdeCode::network_error), "Network Error");
  EXPECT_EQ(to_string(EdeCode::invalid_information), "Invalid Data");
  EXPECT_EQ(to_string(EdeCode{99}), "EDE 99");
}

TEST(RrType, MetaTypesStandInQuestionsOnly) {
  EXPECT_TRUE(is_meta(RrType::opt));
  EXPECT_TRUE(is_meta(RrType::any));
  EXPECT_TRUE(is_meta(RrType::axfr));
  EXPECT_TRUE(is_meta(RrType{128}));
  EXPECT_FALSE(is_meta(RrType{127}));
  EXPECT_FALSE(is_meta(RrType::caa));
  EXPECT_FALSE(is_meta(RrType::a));
}

}  // namespace
}  // namespace holdfast::dns
