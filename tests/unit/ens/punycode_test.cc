#include "ens/punycode.h"

#include <gtest/gtest.h>

namespace holdfast::ens {
namespace {

struct Sample {
  std::u32string points;
  std::string text;
};

/// RFC 3492 7.1, (A) to (S), where the case of letters is all lower or in the ASCII part.
std::vector<Sample> samples() {
  return {
      {U"\u0644\u064a\u0647\u0645\u0627\u0628\u062a\u0643\u0644\u0645\u0648\u0634\u0639\u0631\u0628"
       U"\u064a\u061f",
       "egbpdaj6bu4bxfgehfvwxn"},
      {U"\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587", "ihqwcrb4cv8a8dqg056pqjye"},
      {U"Pro\u010dprost\u011bnemluv\u00ed\u010desky", "Proprostnemluvesky-uyb24dma41a"},
      {U"\u306a\u305c\u307f\u3093\u306a\u65e5\u672c\u8a9e\u3092\u8a71\u3057\u3066\u304f\u308c\u306a"
       U"\u3044\u306e\u304b",
       "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa"},
      {U"3\u5e74B\u7d44\u91d1\u516b\u5148\u751f", "3B-ww4c5e180e575a65lsy2b"},
      {U"\u305d\u306e\u30b9\u30d4\u30fc\u30c9\u3067", "d9juau41awczczp"},
      {U"-> $1.00 <-", "-> $1.00 <--"},
      {U"m\u00fcnchen", "mnchen-3ya"},
      {U"fa\u00df", "fa-hia"},
      {U"\U0001f984", "3s9h"},
      {U"", ""},
  };
}

TEST(Punycode, encodes_and_decodes_the_samples_of_the_rfc) {
  for (const auto& sample : samples()) {
    EXPECT_EQ(sample.text, encode_punycode(sample.points)) << sample.text;
    EXPECT_EQ(sample.points, decode_punycode(sample.text)) << sample.text;
  }
}

TEST(Punycode, digits_count_in_any_case) {
  EXPECT_EQ(U"m\u00fcnchen", decode_punycode("mnchen-3YA"));
}

TEST(Punycode, refuses_what_is_none) {
  for (const char* text : {"zzzzzzzz9999", "-", "-a-\xc3\xbc-0", "mnchen-3y", "mnchen-3y!", "!",
                           "99999999", "a-\x80"}) {
    EXPECT_FALSE(decode_punycode(text)) << text;
  }
}

TEST(Punycode, gives_no_surrogates) {
  EXPECT_FALSE(decode_punycode(encode_punycode(U"\xd800").value()));
  EXPECT_FALSE(decode_punycode("a-" + encode_punycode(U"a\xdfff").value().substr(2)));
}

TEST(Punycode, stops_at_the_last_code_point) {
  EXPECT_EQ(U"\U0010ffff", decode_punycode(encode_punycode(U"\U0010ffff").value()));
  EXPECT_FALSE(decode_punycode("en32g"));  // 110000
}

}  // namespace
}  // namespace holdfast::ens
