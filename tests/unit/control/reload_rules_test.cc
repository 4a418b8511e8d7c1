// What a reload is refused for without --force, and what waits for a restart.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_builder.h"

namespace holdfast {
namespace {

using test::route;
using test::upstream;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Three providers for all names, one private zone of the cloud.
Config base() {
  Config config = test::two_providers();
  config.policy.min_usable = 2;
  config.upstreams.push_back(upstream("beta", UpstreamClass::external, "beta", "192.0.2.3:53"));
  config.routes = {route(".", {{"vpc"}, {"alpha", "beta"}}),
                   route("corp.example", {{"vpc"}}, Visibility::private_view)};
  return config;
}

std::vector<std::string> unsafe(const Config& now, const Config& next) {
  const auto before = build_snapshot(now, nullptr);
  return unsafe_changes(*before, *build_snapshot(next, before));
}

TEST(UnsafeChanges, NothingChangedIsSafe) {
  EXPECT_THAT(unsafe(base(), base()), IsEmpty());
}

TEST(UnsafeChanges, WhatAddsIsSafe) {
  Config next = base();
  next.policy.min_usable = 3;
  next.upstreams.push_back(upstream("gamma", UpstreamClass::external, "gamma", "192.0.2.4:53"));
  next.routes[0].tiers.push_back({"gamma"});
  next.routes[0].min_usable = 4;
  next.routes.push_back(route("more.example", {{"gamma"}}));
  next.routes.push_back(route("more.corp.example", {{"vpc"}}, Visibility::private_view));
  EXPECT_THAT(unsafe(base(), next), IsEmpty());
}

TEST(UnsafeChanges, LoweringTheFloor) {
  Config next = base();
  next.policy.min_usable = 1;
  EXPECT_THAT(unsafe(base(), next), ElementsAre("lowers safety.min_usable from 2 to 1"));
}

TEST(UnsafeChanges, LoweringTheFloorOfARoute) {
  Config now = base();
  now.routes[0].min_usable = 3;
  EXPECT_THAT(unsafe(now, base()), ElementsAre("lowers min_usable of route \".\" from 3 to 2"));
}

TEST(UnsafeChanges, TheThirdProviderMayGoTheSecondMayNot) {
  Config two = base();
  two.routes[0].tiers = {{"vpc"}, {"beta"}};
  EXPECT_THAT(unsafe(base(), two), IsEmpty());
  Config one = base();
  one.routes[0].tiers = {{"vpc"}};
  EXPECT_THAT(unsafe(two, one),
              ElementsAre("leaves route \".\" with one provider (aws) instead of 2 (aws, beta)"));
  EXPECT_THAT(unsafe(base(), one), ::testing::SizeIs(1));
}

TEST(UnsafeChanges, ProvidersCountNotUpstreams) {
  Config now = base();
  now.upstreams[2].provider = "alpha";
  Config next = now;
  next.routes[0].tiers = {{"vpc"}, {"alpha"}};
  EXPECT_THAT(unsafe(now, next), IsEmpty());
  next.routes[0].tiers = {{"alpha", "beta"}};
  EXPECT_THAT(unsafe(now, next),
              ElementsAre("leaves route \".\" with one provider (alpha) instead of 2 (alpha, aws)",
                          ::testing::HasSubstr("built-in private routes (internal and ")));
}

TEST(UnsafeChanges, TakingTheCloudFromTheBuiltInRoutesIsToldOnce) {
  Config next = base();
  next.routes[0].tiers = {{"alpha", "beta"}};
  EXPECT_THAT(
      unsafe(base(), next),
      ElementsAre(::testing::HasSubstr("takes providers from the built-in private routes")));
}

/// base() with gamma, another provider, that no route names.
Config with_gamma() {
  Config config = base();
  config.upstreams.push_back(upstream("gamma", UpstreamClass::external, "gamma", "192.0.2.4:53"));
  return config;
}

TEST(UnsafeChanges, OthersInThePlaceOfAllProviders) {
  Config now = with_gamma();
  now.routes.push_back(route("one.example", {{"alpha"}}));
  now.routes.push_back(route("two.example", {{"alpha"}, {"beta"}}));
  Config next = now;
  next.routes[2].tiers = {{"gamma"}};
  next.routes[3].tiers = {{"gamma"}, {"vpc"}};
  EXPECT_THAT(unsafe(now, next),
              ElementsAre("leaves route \"one.example\" with none of its providers (alpha), others "
                          "instead (gamma)",
                          "leaves route \"two.example\" with none of its providers (alpha, beta), "
                          "others instead (aws, gamma)"));
}

TEST(UnsafeChanges, OneOfTheOldProvidersIsEnoughToKeep) {
  Config now = with_gamma();
  now.routes.push_back(route("two.example", {{"alpha"}, {"beta"}}));
  Config next = now;
  next.routes[2].tiers = {{"gamma"}, {"beta"}};
  EXPECT_THAT(unsafe(now, next), IsEmpty());
}

TEST(UnsafeChanges, PrivateNamesGoToNoOtherProvider) {
  const auto reason =
      "names of \"corp.example\", private to aws, would be asked of alpha by route "
      "\"corp.example\"";
  Config instead = base();
  instead.routes[1].tiers = {{"alpha"}};
  EXPECT_THAT(unsafe(base(), instead), ElementsAre(reason));
  Config besides = base();
  besides.routes[1].tiers = {{"vpc"}, {"alpha"}};
  EXPECT_THAT(unsafe(base(), besides), ElementsAre(reason));
  EXPECT_THAT(unsafe(besides, besides), IsEmpty());
}

TEST(UnsafeChanges, PrivateNamesMayGoToAnotherServerOfTheirProvider) {
  Config next = base();
  next.upstreams.push_back(upstream("vpc-2", UpstreamClass::cloud, "aws", "192.0.2.5:53"));
  next.routes[1].tiers = {{"vpc-2"}};
  EXPECT_THAT(unsafe(base(), next), IsEmpty());
}

TEST(UnsafeChanges, APrivateRouteBelowAPrivateZoneAsksNobodyElse) {
  Config next = base();
  next.routes.push_back(route("x.corp.example", {{"alpha"}}, Visibility::private_view));
  next.routes.push_back(route("5.10.in-addr.arpa", {{"beta"}}, Visibility::private_view));
  EXPECT_THAT(
      unsafe(base(), next),
      ElementsAre(::testing::StartsWith("names of \"x.corp.example\", private to aws, would be "
                                        "asked of alpha by route \"x.corp.example\""),
                  ::testing::StartsWith("names of \"5.10.in-addr.arpa\", private to aws")));
}

TEST(UnsafeChanges, DroppingAPrivateRouteForAPrivateOneThatAsksMore) {
  Config now = base();
  now.routes.push_back(route("example", {{"vpc"}, {"beta"}}, Visibility::private_view));
  Config next = now;
  next.routes.erase(next.routes.begin() + 1);
  EXPECT_THAT(unsafe(now, next),
              ElementsAre("names of \"corp.example\", private to aws, would be asked of beta by "
                          "route \"example\""));
}

TEST(UnsafeChanges, AnotherCloudForTheBuiltInRoutesIsToldOnce) {
  Config next = base();
  next.upstreams.push_back(upstream("gce", UpstreamClass::cloud, "google", "192.0.2.6:53"));
  next.routes[0].tiers = {{"vpc", "gce"}, {"alpha", "beta"}};
  EXPECT_THAT(unsafe(base(), next),
              ElementsAre("names of the built-in private routes would be asked of google: the "
                          "route \".\" would have another provider of class cloud"));
}

TEST(UnsafeChanges, TheFirstCloudMayHaveTheBuiltInRoutes) {
  Config now = base();
  now.routes[0].tiers = {{"alpha", "beta"}};
  EXPECT_THAT(unsafe(now, base()), IsEmpty());
}

TEST(UnsafeChanges, ARouteOfOnesOwnAtABuiltInZoneAsksNobodyElse) {
  Config next = base();
  next.routes.push_back(route("internal", {{"alpha"}}, Visibility::private_view));
  EXPECT_THAT(unsafe(base(), next),
              ElementsAre("names of \"internal\", private to aws, would be asked of alpha by route "
                          "\"internal\""));
}

TEST(UnsafeChanges, PrivateBecomesAnythingElse) {
  for (const auto visibility : {Visibility::public_view, Visibility::split_view}) {
    Config next = base();
    next.routes[1].visibility = visibility;
    EXPECT_THAT(unsafe(base(), next),
                ElementsAre(::testing::StartsWith(
                    "names of \"corp.example\", now private, would become ")));
  }
}

TEST(UnsafeChanges, DroppingAPrivateRouteMakesItsNamesPublic) {
  Config next = base();
  next.routes.pop_back();
  EXPECT_THAT(unsafe(base(), next),
              ElementsAre("names of \"corp.example\", now private, would become public by route "
                          "\".\""));
}

TEST(UnsafeChanges, APublicHoleInAPrivateZone) {
  Config next = base();
  next.routes.push_back(route("x.corp.example", {{"alpha", "beta"}}));
  next.routes.push_back(route("5.10.in-addr.arpa", {{"alpha", "beta"}}));
  EXPECT_THAT(unsafe(base(), next),
              ElementsAre("names of \"x.corp.example\", now private, would become public by route "
                          "\"x.corp.example\"",
                          ::testing::HasSubstr("\"5.10.in-addr.arpa\", now private")));
}

TEST(UnsafeChanges, DroppingARouteWithItsOwnUpstreams) {
  Config now = base();
  now.upstreams.push_back(upstream("gamma", UpstreamClass::external, "gamma", "192.0.2.4:53"));
  now.routes.push_back(route("own.example", {{"gamma", "alpha"}}));
  Config next = now;
  next.routes.pop_back();
  EXPECT_THAT(unsafe(now, next),
              ElementsAre("drops route \"own.example\"; its names would take route \".\", which "
                          "does not ask gamma"));
}

TEST(UnsafeChanges, DroppingARouteWhoseUpstreamsItsNamesKeepIsSafe) {
  Config now = base();
  now.routes.push_back(route("same.example", {{"alpha"}, {"beta"}}));
  EXPECT_THAT(unsafe(now, base()), IsEmpty());
}

TEST(UnsafeChanges, DroppingTheRouteOfAllNames) {
  Config next = base();
  next.routes.erase(next.routes.begin());
  EXPECT_THAT(unsafe(base(), next), ElementsAre("drops route \".\"; its names would have no route",
                                                ::testing::HasSubstr("built-in private routes")));
}

TEST(RestartKeys, NamesOnlyWhatDiffers) {
  const Config now = base();
  EXPECT_THAT(restart_keys(now, now), IsEmpty());
  Config next = base();
  next.listen = {parse_endpoint("127.0.0.1:5300", 53).value()};
  next.workers = 3;
  next.cache_max_bytes = 128 * 1024 * 1024;
  next.store.path = "/var/lib/holdfast";
  next.http = parse_endpoint("127.0.0.1:9999", 53).value();
  next.control = "off";
  next.limits.lookups = 1;
  next.limits.waiters = 2;
  next.limits.tcp_clients = 3;  // in force at once
  next.fleet.emplace().host = "cache.example";
  next.fleet->key_file = "/etc/holdfast/fleet.key";
  const auto keys = restart_keys(now, next);
  ASSERT_EQ(keys.size(), 9U);
  EXPECT_EQ(keys[1], "workers: 0 stays in force until a restart, then 3");
  EXPECT_EQ(keys[2], "cache.max_bytes: 64MiB stays in force until a restart, then 128MiB");
  EXPECT_EQ(keys[3],
            "store.path: memory only stays in force until a restart, then /var/lib/holdfast");
  EXPECT_EQ(keys[4], "http: off stays in force until a restart, then 127.0.0.1:9999");
  EXPECT_EQ(keys[6],
            "fleet: off stays in force until a restart, then redis://cache.example:6379/0, "
            "key_file /etc/holdfast/fleet.key, prefix holdfast, max_per_second 200");
}

}  // namespace
}  // namespace holdfast
