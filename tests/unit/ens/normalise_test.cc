#include "ens/normalise.h"

#include <gtest/gtest.h>

#include "ens/hex.h"
#include "ens/namehash.h"
#include "ens/punycode.h"
#include "ens/utf8.h"
#include "tests/support/ens_lab.h"

namespace holdfast::ens {
namespace {

std::string normalised(std::string_view name) {
  const auto result = normalise_name(name);
  return result ? *result : "(" + result.error().message() + ")";
}

TEST(Normalise, keeps_lowers_and_maps) {
  EXPECT_EQ("vitalik.eth", normalised("VITALIK.eth"));
  EXPECT_EQ("m\u00fcnchen.eth", normalised("Mu\u0308nchen.ETH"));
  EXPECT_EQ("o\u2019hara.eth", normalised("O'Hara.eth"));
  EXPECT_EQ("fa\u00df.eth", normalised("fa\u00df.eth"));
}

TEST(Normalise, the_empty_name_is_the_root) {
  EXPECT_EQ("", normalised(""));
}

TEST(Normalise, labels_are_not_empty) {
  for (const char* name : {".", "a..b", ".eth", "eth.", "\u200b\u2060.eth", "\u00ad"}) {
    EXPECT_NE(std::string::npos, normalised(name).find("(")) << name;
  }
  EXPECT_EQ(make_error_code(NameErrc::empty_label), normalise_name("a..b").error());
}

TEST(Normalise, emojis_lose_the_variation_selector) {
  EXPECT_EQ("1\u20e3.eth", normalised("1\ufe0f\u20e3.eth"));
  EXPECT_EQ("\U0001f468\u200d\U0001f469\u200d\U0001f467",
            normalised("\U0001f468\u200d\U0001f469\u200d\U0001f467"));
}

TEST(Normalise, tells_why_not) {
  const std::pair<const char*, NameErrc> samples[] = {
      {"\xff.eth", NameErrc::ill_formed},
      {"a b", NameErrc::disallowed},
      {"a_b", NameErrc::underscore},
      {"xn--mnchen-3ya.eth", NameErrc::extension},
      {"\u0301a", NameErrc::leading_mark},
      {"\U0001f984\u0301", NameErrc::mark_after_emoji},
      {"'a", NameErrc::leading_fenced},
      {"a'", NameErrc::trailing_fenced},
      {"a''b", NameErrc::adjacent_fenced},
      {"a\u0430", NameErrc::mixture},
      {"\u0441\u0440", NameErrc::confusable},
      {"\u0631\u0652\u0652", NameErrc::duplicate_marks},
      {"\u0639\u0610\u0611\u0612\u0613\u0614", NameErrc::excessive_marks},
  };
  for (const auto& [name, why] : samples) {
    const auto result = normalise_name(name);
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(make_error_code(why), result.error()) << name << ": " << result.error().message();
  }
}

TEST(Normalise, what_stands_behind_may_come_apart_to_compose) {
  // 113C5 is 113C2 twice, and the first goes to what stands before.
  EXPECT_EQ("\U0001138e\U000113c2", normalised("\U0001138b\U000113c5"));
}

TEST(Normalise, underscores_lead) {
  EXPECT_EQ("_443._tcp.__a.eth", normalised("_443._tcp.__a.eth"));
  EXPECT_EQ("___", normalised("___"));
}

TEST(NormaliseVectors, valid_ones_come_out_as_written) {
  std::size_t count = 0;
  for (const auto& vector : ens_lab::load("normalize-vectors.json", "valid")) {
    const auto name = vector["i"].get<std::string>();
    const auto wanted = vector["o"].get<std::string>();
    ASSERT_EQ(wanted, normalised(name)) << name;
    ASSERT_EQ(wanted, normalised(wanted)) << name;
    ASSERT_EQ(vector["h"].get<std::string>(), to_hex(namehash(std::string_view(wanted)))) << name;
    ++count;
  }
  EXPECT_EQ(2000U, count);
}

TEST(NormaliseVectors, invalid_ones_are_refused_for_the_reason_written) {
  std::size_t same_reason = 0;
  std::size_t count = 0;
  for (const auto& vector : ens_lab::load("normalize-vectors.json", "invalid")) {
    const auto name = ens_lab::restore_ill_formed(vector["i"].get<std::string>());
    const auto result = normalise_name(name);
    ASSERT_FALSE(result) << name;
    const std::string why = result.error().message();
    // Where several rules are broken, implementations may tell another one first.
    same_reason += why.find(vector["e"].get<std::string>()) != std::string::npos ? 1U : 0U;
    ++count;
  }
  EXPECT_EQ(1000U, count);
  EXPECT_GT(same_reason, 980U);
}

TEST(NormaliseVectors, namehashes_agree) {
  for (const auto& vector : ens_lab::load("normalize-vectors.json", "namehash")) {
    const auto name = vector["n"].get<std::string>();
    EXPECT_EQ(vector["h"].get<std::string>(), to_hex(namehash(std::string_view(name)))) << name;
  }
}

}  // namespace
}  // namespace holdfast::ens
