#include "store/crc64.h"

#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast::test {
namespace {

dns::Bytes bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(Crc64, is_the_one_of_xz) {
  EXPECT_EQ(crc64(bytes("123456789")), 0x995DC9BBDF1939FAU);
  EXPECT_EQ(crc64({}), 0U);
}

TEST(Crc64, goes_on_where_it_left_off) {
  EXPECT_EQ(crc64(bytes("6789"), crc64(bytes("12345"))), crc64(bytes("123456789")));
}

TEST(Crc64, sees_every_flipped_bit_and_every_run_of_zeros) {
  std::vector<std::uint8_t> text(200, 0x5a);
  const auto sound = crc64(text);
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    text[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_NE(crc64(text), sound);
    text[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  EXPECT_NE(crc64(std::vector<std::uint8_t>(1)), 0U);
  EXPECT_NE(crc64(std::vector<std::uint8_t>(2)), crc64(std::vector<std::uint8_t>(1)));
}

}  // namespace
}  // namespace holdfast::test
