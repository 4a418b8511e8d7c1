#include "config/policy_ranges.h"

#include <cmath>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(PolicyRanges, AreThoseOfPolicyFieldsInTheirOrder) {
  const auto& fields = policy_fields();
  const auto& ranges = policy_ranges();
  ASSERT_EQ(ranges.size(), fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i)
    EXPECT_EQ(ranges[i].name, fields[i].name);
}

TEST(PolicyRanges, HoldTheDefaults) {
  const FailoverPolicy defaults;
  for (std::size_t i = 0; i < policy_fields().size(); ++i) {
    const auto& range = policy_ranges()[i];
    const auto& field = policy_fields()[i].field;
    if (const auto* time = std::get_if<Duration FailoverPolicy::*>(&field)) {
      EXPECT_LE(range.least, defaults.**time) << range.name;
      EXPECT_GE(range.most, defaults.**time) << range.name;
      EXPECT_EQ(range.most_number, 0) << range.name << " is a time";
    } else {
      const double value = defaults.*std::get<double FailoverPolicy::*>(field);
      EXPECT_LE(range.least_number, value) << range.name;
      EXPECT_GE(range.most_number, value) << range.name;
      EXPECT_EQ(range.most, Duration::zero()) << range.name << " is a number";
      if (range.whole) {
        EXPECT_EQ(value, std::floor(value)) << range.name;
      }
    }
  }
}

TEST(PolicyRanges, StandInKnownSections) {
  for (const auto& range : policy_ranges()) {
    const std::string_view s = range.section;
    EXPECT_TRUE(s == "failover" || s == "health" || s == "safety") << range.name;
  }
}

}  // namespace
}  // namespace holdfast
