#include "control/build_snapshot.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "config_builder.h"
#include "control/builtin_routes.h"

namespace holdfast {
namespace {

using test::find;
using test::find_upstream;
using test::route;
using test::two_providers;
using test::upstream;

TEST(BuildSnapshot, CarriesWhatTheResolverNeeds) {
  Config config = two_providers();
  config.acl = {parse_prefix("10.0.0.0/8").value()};
  config.admit = {{"lab", {parse_prefix("192.0.2.0/24").value()}}};
  config.hosts = {{dns::Name::parse("a.example").value(), {parse_ip("192.0.2.8").value()}}};
  config.limits.lookups = 77;
  config.ttl.max = 5min;
  config.policy.window = 99;
  const auto snapshot = build_snapshot(config, nullptr);
  EXPECT_EQ(snapshot->generation, 1U);
  EXPECT_EQ(snapshot->acl, config.admitted());
  ASSERT_EQ(snapshot->hosts.size(), 1U);
  EXPECT_EQ(snapshot->hosts[0].addresses, config.hosts[0].addresses);
  EXPECT_EQ(snapshot->limits.lookups, 77U);
  EXPECT_EQ(snapshot->ttl.max, 5min);
  EXPECT_EQ(snapshot->policy.window, 99);
  EXPECT_EQ(snapshot->providers, (std::vector<std::string>{"aws", "alpha"}));
  const Upstream& vpc = find_upstream(*snapshot, "vpc");
  EXPECT_EQ(vpc.provider_name, "aws");
  EXPECT_EQ(snapshot->providers[static_cast<std::size_t>(vpc.provider)], "aws");
  EXPECT_EQ(vpc.upstream_class, UpstreamClass::cloud);
  EXPECT_EQ(build_snapshot(config, snapshot)->generation, 2U);
}

TEST(BuildSnapshot, UpstreamsOfOneProviderShareItsNumber) {
  Config config = two_providers();
  config.upstreams.push_back(upstream("vpc-2", UpstreamClass::cloud, "aws", "192.0.2.9:53"));
  const auto snapshot = build_snapshot(config, nullptr);
  EXPECT_EQ(snapshot->providers.size(), 2U);
  EXPECT_EQ(find_upstream(*snapshot, "vpc-2").provider, find_upstream(*snapshot, "vpc").provider);
}

TEST(BuildSnapshot, APacketBudgetIsItsProviders) {
  Config config = two_providers();
  config.upstreams.push_back(upstream("vpc-2", UpstreamClass::cloud, "aws", "192.0.2.9:53"));
  config.upstreams.back().max_pps = 500;
  const auto snapshot = build_snapshot(config, nullptr);
  EXPECT_EQ(find_upstream(*snapshot, "vpc").max_pps, 500U);
  EXPECT_EQ(find_upstream(*snapshot, "vpc-2").max_pps, 500U);
  EXPECT_EQ(find_upstream(*snapshot, "alpha").max_pps, 0U);
}

TEST(BuildSnapshot, TheResolverOfAwsHasABudgetUnlessToldOtherwise) {
  for (const char* address : {"169.254.169.253:53", "[fd00:ec2::253]:53"}) {
    Config config = two_providers();
    config.upstreams.push_back(upstream("aws", UpstreamClass::cloud, "aws", address));
    EXPECT_EQ(find_upstream(*build_snapshot(config, nullptr), "vpc").max_pps, 900U) << address;
    config.upstreams[0].max_pps = 0;
    EXPECT_EQ(find_upstream(*build_snapshot(config, nullptr), "aws").max_pps, 0U) << address;
  }
}

TEST(BuildSnapshot, AddressesLeaveNothingToResolve) {
  Config config = two_providers();
  config.upstreams[0].host = "dns.example";
  config.upstreams[1].host = "dns.example";
  config.upstreams[1].port = 54;
  config.upstreams[1].endpoints.clear();
  const auto snapshot = build_snapshot(config, nullptr);
  EXPECT_EQ(find_upstream(*snapshot, "vpc").host, "");
  EXPECT_EQ(find_upstream(*snapshot, "alpha").host, "dns.example");
  EXPECT_EQ(find_upstream(*snapshot, "alpha").port, 54);
}

TEST(BuildSnapshot, RoutesTakeFloorsAndStaleFromTheWhole) {
  Config config = two_providers();
  config.policy.min_usable = 2;
  config.policy.race_width = 3;
  config.stale_public = 5h;
  config.stale_private = 7h;
  config.routes.push_back(route("own.example", {{"vpc"}, {"alpha"}}));
  config.routes.back().min_usable = 4;
  config.routes.back().stale = Duration::zero();
  config.routes.push_back(route("private.example", {{"vpc"}}, Visibility::private_view));
  config.routes.push_back(route("split.example", {{"vpc"}, {"alpha"}}, Visibility::split_view));
  const auto snapshot = build_snapshot(config, nullptr);
  EXPECT_EQ(find(*snapshot, "example.org").min_usable, 2U);
  EXPECT_EQ(find(*snapshot, "example.org").race_width, 3U);
  EXPECT_EQ(find(*snapshot, "example.org").stale_max_age, 5h);
  EXPECT_EQ(find(*snapshot, "own.example").min_usable, 4U);
  EXPECT_EQ(find(*snapshot, "own.example").stale_max_age, 0s);
  EXPECT_EQ(find(*snapshot, "private.example").stale_max_age, 7h);
  EXPECT_EQ(find(*snapshot, "split.example").stale_max_age, 5h);
  EXPECT_EQ(find(*snapshot, "internal").stale_max_age, 7h);
}

TEST(BuiltinRoutes, AreTheZonesNoPublicServerKnows) {
  const auto snapshot = build_snapshot(two_providers(), nullptr);
  for (const char* inside :
       {"host.internal", "1.2.3.10.in-addr.arpa", "1.1.16.172.in-addr.arpa", "31.172.in-addr.arpa",
        "1.1.168.192.in-addr.arpa", "64.100.in-addr.arpa", "9.127.100.in-addr.arpa",
        "253.169.254.169.in-addr.arpa", "1.0.c.f.ip6.arpa", "d.f.ip6.arpa", "8.e.f.ip6.arpa",
        "0.b.e.f.ip6.arpa"}) {
    const Route& found = find(*snapshot, inside);
    EXPECT_TRUE(found.builtin) << inside;
    EXPECT_EQ(found.visibility, Visibility::private_view) << inside;
    ASSERT_EQ(found.tiers.size(), 1U) << inside;
    EXPECT_EQ(found.tiers[0], Tier{find_upstream(*snapshot, "vpc").id}) << inside;
  }
  for (const char* outside :
       {"internal.example", "11.in-addr.arpa", "15.172.in-addr.arpa", "32.172.in-addr.arpa",
        "63.100.in-addr.arpa", "128.100.in-addr.arpa", "167.192.in-addr.arpa",
        "255.169.in-addr.arpa", "e.f.ip6.arpa", "c.e.f.ip6.arpa", "b.f.ip6.arpa"}) {
    EXPECT_FALSE(find(*snapshot, outside).builtin) << outside;
  }
}

TEST(BuiltinRoutes, HaveNoUpstreamsWithoutACloud) {
  Config config = two_providers();
  config.upstreams[0].upstream_class = UpstreamClass::external;
  const auto snapshot = build_snapshot(config, nullptr);
  EXPECT_TRUE(find(*snapshot, "host.internal").tiers.empty());
}

TEST(BuiltinRoutes, AskTheCloudOfTheRootRouteOnly) {
  Config config = two_providers();
  config.upstreams.push_back(upstream("other", UpstreamClass::cloud, "other", "192.0.2.9:53"));
  config.routes.push_back(route("corp.example", {{"other"}}, Visibility::private_view));
  const auto snapshot = build_snapshot(config, nullptr);
  EXPECT_EQ(find(*snapshot, "host.internal").tiers,
            std::vector<Tier>{{find_upstream(*snapshot, "vpc").id}});
}

TEST(BuiltinRoutes, GiveWayToARouteOfTheSameZoneAndBelow) {
  Config config = two_providers();
  config.routes.push_back(route("INTERNAL", {{"alpha"}}));
  config.routes.push_back(route("5.10.in-addr.arpa", {{"alpha"}}));
  const auto snapshot = build_snapshot(config, nullptr);
  EXPECT_FALSE(find(*snapshot, "host.internal").builtin);
  EXPECT_FALSE(find(*snapshot, "1.5.10.in-addr.arpa").builtin);
  EXPECT_TRUE(find(*snapshot, "1.6.10.in-addr.arpa").builtin);
  EXPECT_EQ(snapshot->routes.routes().size(), 3 + private_zones().size() - 1);
}

TEST(Probes, AskTheRootsServersWhereTheRootIsServed) {
  Config config = two_providers();
  config.policy.probe_interval = 11s;
  config.upstreams.push_back(upstream("site", UpstreamClass::cloud, "site", "192.0.2.9:53"));
  config.upstreams.push_back(upstream("spare", UpstreamClass::cloud, "site", "192.0.2.10:53"));
  config.routes.insert(config.routes.begin(), route("corp.example", {{"site", "alpha"}}));
  config.routes.push_back(route("other.example", {{"site"}}));
  const auto snapshot = build_snapshot(config, nullptr);
  EXPECT_EQ(find_upstream(*snapshot, "alpha").probe.question.to_string(), ". NS");
  EXPECT_EQ(find_upstream(*snapshot, "site").probe.question.to_string(), "corp.example SOA");
  EXPECT_EQ(find_upstream(*snapshot, "spare").probe.question.to_string(), ". NS");
  EXPECT_EQ(find_upstream(*snapshot, "site").probe.interval, 11s);
}

TEST(Probes, AreOverriddenPartByPart) {
  Config config = two_providers();
  config.upstreams[0].probe = {dns::Name::parse("p.example").value(), dns::RrType::a, 3s};
  config.upstreams[1].probe.name = dns::Name::parse("p.example").value();
  const auto snapshot = build_snapshot(config, nullptr);
  const ProbeSpec& whole = find_upstream(*snapshot, "vpc").probe;
  EXPECT_EQ(whole.question.to_string(), "p.example A");
  EXPECT_EQ(whole.interval, 3s);
  EXPECT_EQ(find_upstream(*snapshot, "alpha").probe.question.to_string(), "p.example SOA");
}

TEST(UpstreamIds, StayWithTheSameServerUnderTheSameName) {
  Config config = two_providers();
  const auto first = build_snapshot(config, nullptr);
  std::swap(config.upstreams[0], config.upstreams[1]);
  config.upstreams[0].validates = true;
  const auto second = build_snapshot(config, first);
  for (const char* name : {"vpc", "alpha"}) {
    EXPECT_EQ(find_upstream(*first, name).id, find_upstream(*second, name).id) << name;
  }
  EXPECT_TRUE(find_upstream(*second, "alpha").validates);
}

TEST(UpstreamIds, AnotherServerOrNameGetsAnother) {
  Config config = two_providers();
  const auto first = build_snapshot(config, nullptr);
  config.upstreams[0].transport = TransportKind::tcp;
  config.upstreams[1].name = "renamed";
  config.routes = {route(".", {{"vpc"}, {"renamed"}})};
  const auto second = build_snapshot(config, first);
  EXPECT_EQ(index(find_upstream(*second, "vpc").id), 2U);
  EXPECT_EQ(index(find_upstream(*second, "renamed").id), 3U);
  EXPECT_EQ(second->upstreams[0], nullptr);
  EXPECT_EQ(second->upstreams[1], nullptr);
  EXPECT_EQ(second->retired, (std::vector<std::uint64_t>{2, 2, 0, 0}));
}

TEST(UpstreamIds, NeverComeBackWhileUnusedOnesAreLeft) {
  Config config = two_providers();
  auto snapshot = build_snapshot(config, nullptr);
  std::set<std::size_t> seen{0};
  for (std::uint16_t i = 1; i <= 254; ++i) {
    config.upstreams[0].endpoints[0].port = i;
    snapshot = build_snapshot(config, snapshot);
    const auto id = index(find_upstream(*snapshot, "vpc").id);
    EXPECT_TRUE(seen.insert(id).second) << id;
    EXPECT_EQ(index(find_upstream(*snapshot, "alpha").id), 1U);
  }
  EXPECT_EQ(snapshot->upstreams.size(), kMaxUpstreams);
  // Then the one that has rested longest: the very first, and after it the second.
  for (const std::size_t expected : {0U, 2U, 3U}) {
    ++config.upstreams[0].endpoints[0].port;
    snapshot = build_snapshot(config, snapshot);
    EXPECT_EQ(index(find_upstream(*snapshot, "vpc").id), expected);
  }
}

TEST(UpstreamIds, AFormerServerThatReturnsIsANewOne) {
  Config config = two_providers();
  const auto first = build_snapshot(config, nullptr);
  Config without = config;
  without.upstreams.pop_back();
  without.routes = {route(".", {{"vpc"}})};
  const auto second = build_snapshot(without, first);
  const auto third = build_snapshot(config, second);
  EXPECT_NE(find_upstream(*third, "alpha").id, find_upstream(*first, "alpha").id);
}

TEST(BuildSnapshot, private_answers_are_shared_only_where_the_route_says_so) {
  Config config = two_providers();
  config.routes.push_back(route("corp.example", {{"vpc"}}, Visibility::private_view));
  config.routes.push_back(route("open.example", {{"vpc"}}, Visibility::private_view));
  config.routes.back().share = true;
  const auto snapshot = build_snapshot(config, nullptr);
  EXPECT_FALSE(find(*snapshot, "www.corp.example").shares_all);
  EXPECT_TRUE(find(*snapshot, "www.open.example").shares_all);
  EXPECT_FALSE(find(*snapshot, "db.internal").shares_all) << "built in";
}

}  // namespace
}  // namespace holdfast
