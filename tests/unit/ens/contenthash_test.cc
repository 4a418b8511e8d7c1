#include "ens/contenthash.h"

#include <gtest/gtest.h>

#include "ens/hex.h"

namespace holdfast::ens {
namespace {

std::string link(const std::string& hex) {
  return dnslink_of(from_hex("0x" + hex).value()).value_or("none");
}

std::string hex_of(std::string_view text) {
  return to_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}).substr(2);
}

const std::string kDigest = "29f2d17be6139079dc48696d1f582a8530eb9805b561eda517e22a892c7e3f1f";

TEST(Contenthash, ipfs_is_a_cid_in_base32) {
  EXPECT_EQ("/ipfs/bafybeibj6lixxzqtsb45ysdjnupvqkufgdvzqbnvmhw2kf7cfkesy7r7d4", link("e3010170"
                                                                                      "1220" +
                                                                                      kDigest));
  EXPECT_EQ("/ipfs/bafkreibj6lixxzqtsb45ysdjnupvqkufgdvzqbnvmhw2kf7cfkesy7r7d4", link("e3010155"
                                                                                      "1220" +
                                                                                      kDigest));
}

TEST(Contenthash, ipns_is_a_key_or_a_dns_name) {
  EXPECT_EQ("/ipns/k51qzi5uqu5d", link("e5010172"
                                       "0024080112"
                                       "20" +
                                       std::string(64, 'a'))
                                      .substr(0, 18));
  EXPECT_EQ("/ipns/app.example.com", link("e5010170"
                                          "000f" +
                                          hex_of("app.example.com")));
  EXPECT_EQ("none", link("e5010170"
                         "0003" +
                         hex_of("a b")));
}

TEST(Contenthash, swarm_and_arweave) {
  const std::string hash = "d1de9994b4d039f6548d191eb26786769f580809256b4685ef316805265ea162";
  EXPECT_EQ("/bzz/" + hash, link("e40101fa01"
                                 "1b20" +
                                 hash));
  std::string bytes;
  for (int i = 0; i < 32; ++i)
    bytes += "5c";
  EXPECT_EQ("ar://XFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFw", link("90b2ca05" + bytes));
}

TEST(Contenthash, others_have_no_link) {
  EXPECT_EQ("none",
            link("bd03" + hex_of("p53lf57qovyuvwsc6xnrppyply3vtqm7l6pcobkmyqsiofyeznfu5uqd")));
  EXPECT_EQ("none", link("f7c1010102030405"));
}

TEST(Contenthash, malformed_ones_have_no_link) {
  EXPECT_EQ("none", link("e30101701220aabb"));  // 32 bytes announced, two there
  EXPECT_EQ("none", link("e3010270"
                         "1220" +
                         kDigest));  // version 2
  EXPECT_EQ("none", link("e301"));
  EXPECT_EQ("none", link("ffffffffffff"));
  EXPECT_EQ("none", link(""));
}

TEST(Contenthash, zeros_are_none) {
  EXPECT_FALSE(has_content({}));
  EXPECT_FALSE(has_content(Blob(32)));
  EXPECT_FALSE(has_content(Blob(1025, 1)));
  EXPECT_TRUE(has_content(Blob(1024, 1)));
}

}  // namespace
}  // namespace holdfast::ens
