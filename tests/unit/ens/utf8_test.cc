#include "ens/utf8.h"

#include <gtest/gtest.h>

namespace holdfast::ens {
namespace {

TEST(Utf8, round_trips_every_code_point) {
  for (char32_t point = 0; point <= 0x10ffff; ++point) {
    if (point == 0xd800) point = 0xe000;
    const std::u32string one(1, point);
    ASSERT_EQ(one, decode_utf8(encode_utf8(one))) << static_cast<unsigned>(point);
  }
}

TEST(Utf8, refuses_what_is_ill_formed) {
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80",
                           "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xff", "\xe2\x82"}) {
    EXPECT_FALSE(decode_utf8(text)) << text;
  }
}

TEST(Utf8, takes_zeros_like_any_other) {
  EXPECT_EQ(std::u32string(1, U'\0'), decode_utf8(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace holdfast::ens
