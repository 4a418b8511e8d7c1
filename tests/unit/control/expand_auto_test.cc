#include "control/expand_auto.h"

#include <gtest/gtest.h>

#include "control/snapshot_marks.h"
#include "tests/unit/control/config_builder.h"

namespace holdfast {
namespace {

Config automatic() {
  Config config = test::two_providers();
  config.listen = {parse_endpoint("127.0.0.1", 53).value(), parse_endpoint("[::1]", 53).value()};
  config.upstreams[0].automatic = true;
  config.upstreams[0].endpoints.clear();
  return config;
}

std::vector<IpAddress> addresses(std::initializer_list<const char*> texts) {
  std::vector<IpAddress> all;
  for (const char* text : texts)
    all.push_back(parse_ip(text).value());
  return all;
}

using Names = std::vector<std::vector<std::string>>;

TEST(ExpandAuto, MakesOneUpstreamOfEachResolver) {
  const Config config = with_resolvers(automatic(), addresses({"192.0.2.53", "2001:db8::53"}));
  ASSERT_EQ(config.upstreams.size(), 3U);
  const UpstreamConfig& second = config.upstreams[1];
  EXPECT_EQ(second.name, "vpc-2");
  EXPECT_EQ(second.provider, "aws");
  EXPECT_EQ(second.upstream_class, UpstreamClass::cloud);
  EXPECT_EQ(second.endpoints, std::vector{parse_endpoint("[2001:db8::53]:53", 0).value()});
  EXPECT_EQ(config.routes[0].tiers, (Names{{"vpc-1", "vpc-2"}, {"alpha"}}));
}

TEST(ExpandAuto, LeavesOutWhereHoldfastListensAndDoubles) {
  Config config = automatic();
  const auto found = addresses({"127.0.0.1", "192.0.2.53", "::ffff:192.0.2.53", "::1"});
  EXPECT_EQ(with_resolvers(config, found).routes[0].tiers, (Names{{"vpc-1"}, {"alpha"}}));
  config.listen = {parse_endpoint("0.0.0.0", 53).value()};
  const auto loopback = addresses({"127.0.0.9", "192.0.2.53"});
  EXPECT_EQ(with_resolvers(config, loopback).upstreams[0].endpoints,
            std::vector{parse_endpoint("192.0.2.53", 53).value()});
  config.listen = {parse_endpoint("127.0.0.9", 5353).value()};
  EXPECT_EQ(with_resolvers(config, loopback).upstreams.size(), 3U)
      << "another port is another server";
}

TEST(ExpandAuto, IsBounded) {
  std::vector<IpAddress> many;
  for (int i = 1; i <= 20; ++i)
    many.push_back(parse_ip("192.0.2." + std::to_string(i)).value());
  EXPECT_EQ(with_resolvers(automatic(), many).upstreams.size(), kMaxAutomatic + 1);
}

TEST(ExpandAuto, WithoutAResolverOneUpstreamIsNowhere) {
  const auto snapshot = build_snapshot(with_resolvers(automatic(), {}), nullptr);
  const Upstream& upstream = test::find_upstream(*snapshot, "vpc-1");
  EXPECT_TRUE(upstream.endpoints.empty());
  EXPECT_TRUE(upstream.host.empty());
}

TEST(ExpandAuto, LeavesEverythingElseAlone) {
  const Config config = with_resolvers(test::two_providers(), addresses({"192.0.2.53"}));
  EXPECT_EQ(config.upstreams.size(), 2U);
  EXPECT_EQ(config.routes[0].tiers, (Names{{"vpc"}, {"alpha"}}));
}

TEST(ExpandAuto, OtherResolversAreOtherServersButNoOtherView) {
  const auto before =
      build_snapshot(with_resolvers(automatic(), addresses({"192.0.2.53"})), nullptr);
  const auto after =
      build_snapshot(with_resolvers(automatic(), addresses({"192.0.2.54", "192.0.2.53"})), before);
  EXPECT_EQ(test::find_upstream(*before, "vpc-1").id, test::find_upstream(*after, "vpc-2").id)
      << "the same server under another number keeps its health";
  EXPECT_NE(test::find_upstream(*before, "vpc-1").id, test::find_upstream(*after, "vpc-1").id);
  EXPECT_TRUE(changed_zones(marks_of(*before), marks_of(*after)).empty())
      << "what was held is needed most when resolvers come and go";
}

}  // namespace
}  // namespace holdfast
