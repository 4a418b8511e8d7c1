#include "config/suggest.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(EditDistance, CountsInsertDeleteReplaceAndSwap) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("listen", "listen"), 0U);
  EXPECT_EQ(edit_distance("listn", "listen"), 1U);
  EXPECT_EQ(edit_distance("lisetn", "listen"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Nearest, TakesTheNearestAndTheFirstOfEquals) {
  EXPECT_EQ(nearest("rout", {"hosts", "routes"}), "routes");
  EXPECT_EQ(nearest("bat", {"cat", "hat"}), "cat");
}

TEST(Nearest, ABeginningIsNearHoweverLongTheRest) {
  EXPECT_EQ(nearest("exchange", {"hosts", "exchange_timeout"}), "exchange_timeout");
}

TEST(Nearest, IsNothingWhenNoneWasMeant) {
  EXPECT_EQ(nearest("zzz", {"log", "ttl", "acl"}), "");
  EXPECT_EQ(nearest("x", {"a", "b"}), "");
  EXPECT_EQ(nearest(std::string(1000, 'a'), {"acl"}), "");
  EXPECT_EQ(nearest("acl", {}), "");
}

TEST(Suggestion, NamesAllThatIsKnownIfNothingIsNear) {
  EXPECT_EQ(suggestion("acll", {"log", "acl"}), "; did you mean \"acl\"?");
  EXPECT_EQ(suggestion("zzzz", {"log", "acl"}), "; known here: log, acl");
  EXPECT_EQ(suggestion("zzzz", {}), "");
  EXPECT_EQ(suggestion("zzzz", {"a\tb"}), "; known here: a\\x09b");
}

}  // namespace
}  // namespace holdfast
