#include "ens/composition.h"

#include <gtest/gtest.h>

#include "ens/normalise_tables.h"

namespace holdfast::ens {
namespace {

TEST(Composition, orders_marks_by_their_class_and_composes) {
  EXPECT_EQ(U"q\u0323\u0307", compose(U"q\u0307\u0323"));
  EXPECT_EQ(U"\u1e69", compose(U"s\u0307\u0323"));
  EXPECT_EQ(U"s\u0323\u0307", decompose(U"\u1e69"));
}

TEST(Composition, a_mark_of_the_same_class_blocks) {
  EXPECT_EQ(U"\u00e0\u0301", compose(U"a\u0300\u0301"));
  EXPECT_EQ(U"b\u0300\u0301", compose(U"b\u0300\u0301"));
}

TEST(Composition, knows_hangul) {
  EXPECT_EQ(U"\ud55c\uae00", compose(U"\u1112\u1161\u11ab\u1100\u1173\u11af"));
  EXPECT_EQ(U"\u1112\u1161\u11ab", decompose(U"\ud55c"));
  EXPECT_EQ(U"\uac01", compose(U"\uac00\u11a8"));
  EXPECT_EQ(U"\uac01\u11a8", compose(U"\uac01\u11a8"));
}

TEST(Composition, leaves_the_excluded_apart) {
  EXPECT_EQ(U"\u0915\u093c", compose(U"\u0958"));
  EXPECT_EQ(U"K", compose(U"\u212a"));
}

TEST(Composition, what_is_composed_stays_for_every_code_point) {
  for (char32_t point = 0x20; point <= 0x10ffff; ++point) {
    for (const std::u32string& text : {std::u32string{point}, std::u32string{point, 0x301, 0x323},
                                       std::u32string{0x61, point, 0x308}}) {
      const auto composed = compose(text);
      ASSERT_EQ(composed, compose(composed)) << static_cast<unsigned>(point);
      ASSERT_EQ(decompose(composed), decompose(text)) << static_cast<unsigned>(point);
    }
  }
}

TEST(Composition, settled_ones_need_no_composing) {
  std::u32string settled = U"a";
  for (char32_t point = 0x20; point <= 0x10ffff; ++point) {
    if (tables::look_up(point).has(tables::flag::settled)) settled += point;
  }
  EXPECT_GT(settled.size(), 1'000'000U);
  EXPECT_EQ(settled, compose(settled));
}

TEST(Composition, many_marks_take_no_longer_than_sorting_them) {
  std::u32string text = U"a";
  for (int i = 0; i < 200'000; ++i)
    text += i % 2 == 0 ? U'\u0301' : U'\u0323';
  EXPECT_EQ(text.size() - 1, compose(text).size());
}

}  // namespace
}  // namespace holdfast::ens
