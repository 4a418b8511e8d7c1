// What is held against its providers, since when, and how it ends.
#include "resolver/hold_book.h"

#include <gtest/gtest.h>

namespace holdfast::test {
namespace {

constexpr TimePoint kStart{1h};

Hold hold(const char* name, dns::RrType type = dns::RrType::a) {
  return {{dns::Name::parse(name).value(), type}, Absence::held_alone, ".", "vpc", {}, {}};
}

TEST(HoldBook, counts_the_limit_from_the_first_time) {
  HoldBook book;
  EXPECT_TRUE(book.keep(hold("a.example"), 60s, kStart));
  EXPECT_TRUE(book.keep(hold("A.example"), 60s, kStart + 59s));
  const auto held = book.list(kStart + 59s);
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].since, kStart);
  EXPECT_EQ(held[0].until, kStart + 60s);
  EXPECT_FALSE(book.keep(hold("a.example"), 60s, kStart + 60s));
  EXPECT_TRUE(book.empty());
  EXPECT_TRUE(book.keep(hold("a.example"), 60s, kStart + 61s)) << "begins anew";
}

TEST(HoldBook, lists_what_is_in_force_the_oldest_first) {
  HoldBook book;
  EXPECT_TRUE(book.keep(hold("b.example"), 60s, kStart + 1s));
  EXPECT_TRUE(book.keep(hold("a.example"), 10s, kStart));
  EXPECT_EQ(book.list(kStart + 5s).size(), 2U);
  EXPECT_EQ(book.list(kStart + 5s)[0].question.name.to_string(), "a.example");
  EXPECT_EQ(book.list(kStart + 30s).size(), 1U);
}

TEST(HoldBook, gives_in_for_every_type_of_a_released_name) {
  HoldBook book;
  EXPECT_TRUE(book.keep(hold("a.example"), 1h, kStart));
  EXPECT_TRUE(book.keep(hold("a.example", dns::RrType::mx), 1h, kStart));
  EXPECT_TRUE(book.keep(hold("b.example"), 1h, kStart));
  EXPECT_EQ(book.release(dns::Name::parse("A.EXAMPLE").value(), kStart + 1s), 2U);
  EXPECT_TRUE(book.released(hold("a.example").question));
  EXPECT_FALSE(book.released(hold("b.example").question));
  EXPECT_EQ(book.list(kStart + 1s).size(), 1U);
  EXPECT_FALSE(book.keep(hold("a.example"), 1h, kStart + 2s));
  EXPECT_FALSE(book.released(hold("a.example").question));
  EXPECT_EQ(book.release(dns::Name::parse("never.example").value(), kStart), 0U);
}

TEST(HoldBook, forgets_what_is_answered_again) {
  HoldBook book;
  EXPECT_TRUE(book.keep(hold("a.example"), 1h, kStart));
  book.end(hold("a.example", dns::RrType::mx).question);
  EXPECT_FALSE(book.empty());
  book.end(hold("a.example").question);
  EXPECT_TRUE(book.empty());
}

TEST(HoldBook, forgets_a_name_or_all_below_one) {
  HoldBook book;
  EXPECT_TRUE(book.keep(hold("a.example"), 1h, kStart));
  EXPECT_TRUE(book.keep(hold("b.a.example"), 1h, kStart));
  EXPECT_TRUE(book.keep(hold("other.example"), 1h, kStart));
  book.end_name(dns::Name::parse("A.example").value(), false);
  EXPECT_EQ(book.list(kStart).size(), 2U);
  book.end_name(dns::Name::parse("a.example").value(), true);
  ASSERT_EQ(book.list(kStart).size(), 1U);
  EXPECT_EQ(book.list(kStart)[0].question.name.to_string(), "other.example");
}

TEST(HoldBook, is_bounded_and_drops_the_oldest) {
  HoldBook book;
  for (std::size_t i = 0; i <= HoldBook::kMost; ++i) {
    const std::string name = "n" + std::to_string(i) + ".example";
    EXPECT_TRUE(book.keep(hold(name.c_str()), 1h, kStart + std::chrono::milliseconds(i)));
  }
  const auto held = book.list(kStart + 5min);
  EXPECT_EQ(held.size(), HoldBook::kMost);
  EXPECT_EQ(held[0].question.name.to_string(), "n1.example");
}

}  // namespace
}  // namespace holdfast::test
