#include "ens/keccak.h"

#include <string_view>

#include <gtest/gtest.h>

#include "ens/hex.h"

namespace holdfast::ens {
namespace {

std::string keccak_of(std::string_view text) {
  return to_hex(keccak256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
}

TEST(Keccak, is_the_one_from_before_sha3) {
  EXPECT_EQ("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", keccak_of(""));
  EXPECT_EQ("0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45", keccak_of("abc"));
}

TEST(Hex, round_trips) {
  EXPECT_EQ("0x00ff10", to_hex(from_hex("0x00fF10").value()));
  EXPECT_EQ("0x", to_hex(from_hex("0x").value()));
}

TEST(Hex, refuses_what_is_none) {
  for (const char* text : {"", "00", "0x0", "0x0g", "0x 0", "0X00"}) {
    EXPECT_FALSE(from_hex(text)) << text;
  }
}

TEST(Hex, addresses_have_twenty_bytes) {
  EXPECT_TRUE(parse_address("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"));
  EXPECT_FALSE(parse_address("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA960"));
  EXPECT_FALSE(parse_address("d8dA6BF26964aF9D7eEd9e03E53415D37aA96045"));
}

TEST(Hex, checksums_addresses_as_eip_55_does) {
  for (const char* text :
       {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"}) {
    EXPECT_EQ(text, checksummed(parse_address(text).value()));
  }
}

}  // namespace
}  // namespace holdfast::ens
