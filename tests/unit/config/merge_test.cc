// Several files: what merges, what is concatenated, and which mistakes name both files.

#include <string>

#include <gtest/gtest.h>

#include "config_text.h"

namespace holdfast {
namespace {

using test::has;
using test::listing;
using test::patched;

LoadedConfig load_with(const std::string& fragment, const std::string& patch = "{}") {
  return parse_config({{"main.json", patched(patch)}, {"conf.d/10.json", fragment}});
}

TEST(Merge, ObjectsMergeMemberByMember) {
  const auto loaded = load_with(R"({
    "workers": 3,
    "safety": {},
    "upstreams": {"gamma": {"url": "udp://192.0.2.4"}, "vpc": {"max_pps": 900}},
    "failover": {"hedge_min": "30ms"},
    "routes": [{"zone": "g.example", "tiers": [["gamma", "vpc"]]}]
  })",
                                R"({"failover": {"hedge_max": "200ms"}})");
  ASSERT_TRUE(loaded.ok()) << listing(loaded.errors);
  EXPECT_EQ(loaded.config.workers, 3U);
  EXPECT_EQ(loaded.config.policy.hedge_min, 30ms);
  EXPECT_EQ(loaded.config.policy.hedge_max, 200ms);
  ASSERT_EQ(loaded.config.upstreams.size(), 4U);
  EXPECT_EQ(loaded.config.upstreams[3].name, "gamma");
  ASSERT_EQ(loaded.config.routes.size(), 2U);
  EXPECT_EQ(loaded.config.routes[1].label, "g.example");
}

TEST(Merge, AKeyGivenTwiceNamesBothFiles) {
  const auto loaded = load_with(R"({
    "listen": ["127.0.0.1:5301"],
    "safety": {"min_usable": 2},
    "upstreams": {"vpc": {"url": "udp://192.0.2.77"}},
    "routes": []
  })");
  ASSERT_EQ(loaded.errors.size(), 3U) << listing(loaded.errors);
  for (const std::string pointer : {"/listen", "/safety/min_usable", "/upstreams/vpc/url"}) {
    EXPECT_TRUE(has(loaded.errors, pointer, "main.json already gives")) << pointer;
  }
  for (const auto& error : loaded.errors)
    EXPECT_EQ(error.file, "conf.d/10.json");
  EXPECT_EQ(loaded.errors[1].message,
            "found 2; main.json already gives 1; expected in one of the two files only");
}

TEST(Merge, KindsThatDifferDoNotMerge) {
  const auto loaded = load_with(R"({"safety": 1, "routes": {}})");
  EXPECT_TRUE(has(loaded.errors, "/safety", "found 1; main.json already gives an object"));
  EXPECT_TRUE(has(loaded.errors, "/routes", "found an empty object; main.json already gives"));
}

TEST(Merge, MistakesStandWhereTheirFileHasThem) {
  const auto loaded = load_with(R"({
    "routes": [{"zone": "a", "tiers": [["vpc", "alpha"]]}, {"zone": "b", "tiers": [["nobody"]]},
               {"zone": ".", "tiers": [["vpc", "alpha"]]}],
    "upstreams": {"delta": {"url": "x"}}
  })");
  ASSERT_EQ(loaded.errors.size(), 3U) << listing(loaded.errors);
  for (const auto& error : loaded.errors)
    EXPECT_EQ(error.file, "conf.d/10.json");
  EXPECT_TRUE(has(loaded.errors, "/routes/1/tiers/0/0", "no upstream"));
  EXPECT_TRUE(has(loaded.errors, "/routes/2/zone", "the route /routes/0 of main.json"));
  EXPECT_TRUE(has(loaded.errors, "/upstreams/delta/url", "scheme"));
}

TEST(Merge, EachFileMayNameTheSchema) {
  const auto loaded = load_with(R"({"$schema": "b"})", R"({"$schema": "a"})");
  EXPECT_TRUE(loaded.ok()) << listing(loaded.errors);
}

TEST(Merge, AFileThatCannotBeReadHidesNoOther) {
  const auto loaded = parse_config({{"main.json", patched(R"({"workers": -1})")},
                                    {"a.json", "{"},
                                    {"b.json", "[]"},
                                    {"c.json", "{\"x\": 1, \"x\": 2}"}});
  ASSERT_EQ(loaded.errors.size(), 3U) << listing(loaded.errors);
  EXPECT_EQ(loaded.errors[0].file, "a.json");
  EXPECT_EQ(loaded.errors[1].file, "b.json");
  EXPECT_EQ(loaded.errors[1].message, "found an empty array; expected an object {…}");
  EXPECT_EQ(loaded.errors[2].file, "c.json");
}

TEST(Merge, NoFilesAreNoConfiguration) {
  EXPECT_FALSE(parse_config({}).ok());
}

}  // namespace
}  // namespace holdfast
