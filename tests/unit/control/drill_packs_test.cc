#include "control/drill_packs.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(DrillPacks, all_that_the_design_names_are_built_in) {
  std::string error;
  const auto packs = parse_drill_packs(drill_packs_text(), error);
  EXPECT_EQ(error, "");
  for (const char* name : {"seoul-2018", "us-east-1-2012", "stale-2012", "empty-answer",
                           "dynamodb-2025", "total-blackout", "reboot-in-outage", "clock-jump",
                           "flapping", "bootstrap-dead", "eni-throttle"}) {
    const auto found = std::ranges::find(packs, name, &DrillPack::name);
    ASSERT_NE(found, packs.end()) << name;
    EXPECT_FALSE(found->story.empty()) << name;
    EXPECT_LE(found->length(), kLongestDrill) << name;
  }
  EXPECT_EQ(drill_packs().size(), packs.size());
}

TEST(DrillPacks, mistakes_are_told_with_their_place) {
  const auto wrong = [](const char* text) {
    std::string error;
    (void)parse_drill_packs(text, error);
    return error;
  };
  EXPECT_EQ(wrong("nonsense"), "/: no object of packs");
  EXPECT_NE(wrong(R"({"a": {}})").find("/a: steps"), std::string::npos);
  EXPECT_NE(wrong(R"({"a": {"steps": [{"from": "0s", "to": "1s", "mode": "flood"}]}})")
                .find("/a/steps/0: \"mode\""),
            std::string::npos);
  EXPECT_NE(
      wrong(R"({"a": {"steps": [{"from": "2s", "to": "1s", "mode": "slow"}]}})").find("not after"),
      std::string::npos);
  EXPECT_NE(
      wrong(R"({"a": {"steps": [{"from": "soon", "to": "1s", "mode": "slow"}]}})").find("no time"),
      std::string::npos);
  EXPECT_NE(wrong(R"({"a": 1})"), "");
}

}  // namespace
}  // namespace holdfast
