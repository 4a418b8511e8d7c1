// Keys: what a key file may hold; names that tell nothing, and MACs as RFC 4231 has them.
#include "fleet/fleet_keys.h"

#include <set>

#include "fleet_rig.h"

namespace holdfast::test {
namespace {

std::string mistake(const std::string& text) {
  const auto parsed = FleetKeys::parse(text);
  const auto* error = std::get_if<std::string>(&parsed);
  return error == nullptr ? "" : *error;
}

std::string hex(dns::Bytes bytes) {
  std::string out;
  for (const std::uint8_t octet : bytes) {
    out += "0123456789abcdef"[octet >> 4U];
    out += "0123456789abcdef"[octet & 15U];
  }
  return out;
}

TEST(FleetKeys, one_or_two_lines_are_keys) {
  EXPECT_EQ(keys(kKey).size(), 1U);
  EXPECT_EQ(keys("# new\n" + kKey + "\r\n\n  # old\n " + kOldKey + " \n").size(), 2U);
}

TEST(FleetKeys, everything_else_is_refused_without_being_shown) {
  EXPECT_NE(mistake(""), "");
  EXPECT_NE(mistake("# nothing\n"), "");
  EXPECT_NE(mistake(std::string(62, 'a')), "") << "31 bytes";
  EXPECT_NE(mistake(kKey + "a"), "") << "half an octet";
  EXPECT_NE(mistake(std::string(514, 'a')), "") << "257 bytes";
  EXPECT_NE(mistake(kKey + "\n" + kOldKey + "\n" + std::string(64, 'c')), "") << "three";
  const std::string shown = mistake(kKey + "\nsecret" + std::string(64, 'a'));
  EXPECT_NE(shown.find("line 2"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("secret"), std::string::npos) << shown;
}

TEST(FleetKeys, macs_are_hmac_sha256) {
  // RFC 4231 4.7: a key of 131 octets 0xaa, longer than a block.
  const auto long_key = keys(std::string(262, 'a'));
  EXPECT_EQ(
      hex(long_key.mac(bytes_of("Test Using Larger Than Block-Size Key - Hash Key First"), 0)),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(FleetKeys, a_name_is_of_the_whole_question_and_of_nothing_else) {
  const auto one = keys();
  const std::string plain = one.name_of(Asked("www.example").key(), "ring", 0);
  EXPECT_EQ(plain.size(), std::string("ring:").size() + 32);
  EXPECT_TRUE(plain.starts_with("ring:"));
  EXPECT_EQ(one.name_of(Asked("WwW.eXample").key(), "ring", 0), plain);
  Asked chaos("www.example");
  chaos.rr_class = dns::RrClass::ch;
  const std::set<std::string> names{
      plain,
      one.name_of(Asked("ww.wexample").key(), "ring", 0),
      one.name_of(Asked("www.example", dns::RrType::aaaa).key(), "ring", 0),
      one.name_of(Asked("www.example").with_do().key(), "ring", 0),
      one.name_of(Asked("www.example").with_cd().key(), "ring", 0),
      one.name_of(chaos.key(), "ring", 0),
      keys(kOldKey).name_of(Asked("www.example").key(), "ring", 0),
  };
  EXPECT_EQ(names.size(), 7U);
}

TEST(FleetKeys, parts_of_a_text_cannot_be_shifted) {
  std::vector<std::uint8_t> one, other;
  append_part(one, "ab");
  append_part(one, "c");
  append_part(other, "a");
  append_part(other, "bc");
  EXPECT_NE(one, other);
}

}  // namespace
}  // namespace holdfast::test
