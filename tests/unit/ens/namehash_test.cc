#include "ens/namehash.h"

#include <gtest/gtest.h>

#include "ens/hex.h"

namespace holdfast::ens {
namespace {

TEST(Namehash, of_the_root_is_zero) {
  EXPECT_EQ(Node{}, namehash(""));
}

TEST(Namehash, has_the_values_of_ensip_1) {
  EXPECT_EQ("0x93cdeb708b7545dc668eb9280176169d1c33cfd8ed6f04690a0bcc88a93fc4ae",
            to_hex(namehash("eth")));
  EXPECT_EQ("0xde9b09fd7c5f901e23a3f19fecc54828e9c848539801e86591bd9801b019f84f",
            to_hex(namehash("foo.eth")));
}

TEST(Namehash, is_the_same_of_text_and_of_the_encoded_name) {
  for (const char* name : {"", "eth", "www.dns.eth", "m\u00fcnchen.eth"}) {
    EXPECT_EQ(namehash(name), namehash(Bytes(encode_name(name).value()))) << name;
  }
}

TEST(Namehash, of_a_tail_is_the_ancestors) {
  const auto name = encode_name("www.dns.eth").value();
  EXPECT_EQ(namehash("dns.eth"), namehash(Bytes(name).subspan(4)));
}

TEST(EncodedName, is_as_on_the_wire) {
  EXPECT_EQ("0x0377777703646e730365746800", to_hex(encode_name("www.dns.eth").value()));
  EXPECT_EQ("0x00", to_hex(encode_name("").value()));
}

TEST(EncodedName, takes_labels_of_255_bytes_and_no_longer_ones) {
  EXPECT_TRUE(encode_name(std::string(255, 'a') + ".eth"));
  EXPECT_FALSE(encode_name(std::string(256, 'a') + ".eth"));
}

TEST(EncodedName, has_no_empty_label) {
  for (const char* name : {".", "a..b", ".eth", "eth."}) {
    EXPECT_FALSE(encode_name(name)) << name;
  }
}

TEST(EncodedName, gives_its_labels) {
  const auto name = encode_name("www.dns.eth").value();
  EXPECT_EQ((std::vector<std::size_t>{0, 4, 8, 12}), label_offsets(name));
  EXPECT_EQ("www.dns.eth", decode_name(name));
  EXPECT_EQ("", decode_name(encode_name("").value()));
}

TEST(EncodedName, a_cut_off_one_is_read_as_far_as_it_goes) {
  EXPECT_EQ((std::vector<std::size_t>{0}), label_offsets(from_hex("0x01610561").value()));
}

}  // namespace
}  // namespace holdfast::ens
