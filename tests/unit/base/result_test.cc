#include "base/result.h"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

Result<std::string> greeting(bool well) {
  if (!well) return std::make_error_code(std::errc::timed_out);
  return std::string("hello");
}

TEST(Result, HoldsAValueOrAnError) {
  const auto good = greeting(true);
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, "hello");
  EXPECT_EQ(good->size(), 5U);
  const auto bad = greeting(false);
  EXPECT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error(), std::errc::timed_out);
}

TEST(Result, GivesItsValueAway) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

}  // namespace
}  // namespace holdfast
