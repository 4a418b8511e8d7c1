#include "ens/wire_name.h"

#include <gtest/gtest.h>

#include "tests/support/ens_lab.h"

namespace holdfast::ens {
namespace {

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// A name of labels that may hold any bytes.
dns::Name name_of(std::initializer_list<std::string_view> labels) {
  EncodedName wire;
  for (const auto label : labels) {
    wire.push_back(static_cast<std::uint8_t>(label.size()));
    wire.insert(wire.end(), label.begin(), label.end());
  }
  wire.push_back(0);
  return dns::Name::from_wire(wire).value();
}

WireName unicode(std::initializer_list<std::string_view> labels) {
  return map_name(name_of(labels), LabelForm::unicode);
}

TEST(WireName, every_spelling_of_a_label_means_the_same) {
  for (const char* label : {"xn--mnchen-3ya", "XN--MNCHEN-3YA", "m\u00fcnchen", "M\u00dcNCHEN",
                            "mu\u0308nchen", "Xn--mnchen-3Ya"}) {
    const WireName mapped = unicode({"WWW", label, "ETH"});
    EXPECT_EQ("www.m\u00fcnchen.eth", decode_name(mapped.suffix)) << label;
    EXPECT_EQ("www.xn--mnchen-3ya.eth", decode_name(mapped.owner)) << label;
    EXPECT_TRUE(mapped.whole);
    EXPECT_EQ(3U, mapped.suffix_labels);
  }
}

TEST(WireName, labels_that_mean_nothing) {
  for (const std::string_view label : {"xn--zzzzzzzz9999", "xn--plain-", "xn--", "xn--fa-hia-",
                                       "a b", "a.b", "\xff", "foo_bar", "*", "ab--c"}) {
    EXPECT_FALSE(ens_label(bytes_of(label))) << label;
  }
  EXPECT_FALSE(ens_label(bytes_of({"a\0b", 3})));
}

TEST(WireName, an_a_label_has_one_spelling) {
  EXPECT_EQ("fa\u00df", ens_label(bytes_of("xn--fa-hia")));
  // Capital letters that Punycode could say, too.
  EXPECT_FALSE(
      ens_label(bytes_of("xn--"
                         "\xc3\xbc")));
}

TEST(WireName, labels_below_a_name_may_be_none) {
  const WireName mapped = unicode({"foo_bar", "dns", "eth"});
  EXPECT_FALSE(mapped.whole);
  EXPECT_EQ("dns.eth", decode_name(mapped.suffix));
  EXPECT_EQ(2U, mapped.suffix_labels);
  EXPECT_EQ("foo_bar.dns.eth", decode_name(mapped.owner));
  // What stands below one that is none counts no more, though it could.
  EXPECT_EQ("dns.eth", decode_name(unicode({"www", "*", "dns", "eth"}).suffix));
  EXPECT_EQ("eth", decode_name(unicode({"a b", "eth"}).suffix));
  EXPECT_EQ("", decode_name(unicode({"a b"}).suffix));
}

TEST(WireName, imported_zones_keep_their_a_labels) {
  const auto name = name_of({"foo_bar", "XN--bcher-kva", "example"});
  const WireName mapped = map_name(name, LabelForm::ascii);
  EXPECT_TRUE(mapped.whole);
  EXPECT_EQ("foo_bar.xn--bcher-kva.example", decode_name(mapped.suffix));
  EXPECT_EQ("xn--bcher-kva.example",
            decode_name(map_name(name_of({"b\u00fccher", "example"}), LabelForm::ascii).suffix));
  EXPECT_FALSE(map_name(name_of({"a b", "example"}), LabelForm::ascii).whole);
}

TEST(WireName, the_root_is_the_root) {
  const WireName mapped = map_name(dns::Name(), LabelForm::unicode);
  EXPECT_TRUE(mapped.whole);
  EXPECT_EQ(EncodedName{0}, mapped.suffix);
  EXPECT_EQ(EncodedName{0}, mapped.owner);
}

TEST(WireName, a_labels_have_at_most_63_bytes) {
  EXPECT_TRUE(a_label(std::string(63, 'a')));
  EXPECT_FALSE(a_label(std::string(64, 'a')));
  EXPECT_EQ("xn--3s9h", a_label("\U0001f984"));
}

TEST(WireName, vectors_come_back_from_their_a_labels) {
  std::size_t count = 0;
  for (const auto& vector : ens_lab::load("normalize-vectors.json", "valid")) {
    const auto wanted = vector["o"].get<std::string>();
    const auto encoded = encode_name(vector.value("a", wanted));
    const auto name = encoded ? dns::Name::from_wire(*encoded) : std::nullopt;
    if (!name) continue;  // longer than the DNS can say
    const WireName mapped = map_name(*name, LabelForm::unicode);
    ASSERT_TRUE(mapped.whole) << wanted;
    ASSERT_EQ(wanted, decode_name(mapped.suffix));
    ++count;
  }
  EXPECT_GT(count, 1800U);
}

}  // namespace
}  // namespace holdfast::ens
