// What a reload, or a restart under another configuration, answers differently.
#include "control/snapshot_marks.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

Route route(const char* zone, std::vector<Tier> tiers,
            Visibility visibility = Visibility::public_view) {
  Route made;
  made.zone = *dns::Name::parse(zone);
  made.label = zone;
  made.tiers = std::move(tiers);
  made.visibility = visibility;
  return made;
}

/// Upstreams 0 and 1 are public resolvers, 2 and 3 the cloud's.
Snapshot with(std::vector<Route> routes) {
  Snapshot snapshot;
  for (const char* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"}) {
    Upstream upstream;
    upstream.endpoints.push_back({parse_ip(address).value(), 53});
    if (snapshot.upstreams.size() >= 2) upstream.upstream_class = UpstreamClass::cloud;
    snapshot.upstreams.push_back(std::make_shared<const Upstream>(upstream));
  }
  snapshot.routes = RouteTable(std::move(routes));
  return snapshot;
}

std::vector<std::string> changed(std::vector<Route> before, std::vector<Route> after) {
  std::vector<std::string> names;
  for (const auto& zone :
       changed_zones(marks_of(with(std::move(before))), marks_of(with(std::move(after))))) {
    names.push_back(zone.to_string());
  }
  return names;
}

using Names = std::vector<std::string>;
constexpr UpstreamId kA{0}, kB{1}, kCloud{2}, kOther{3};

TEST(ChangedZones, nothing_changed) {
  EXPECT_EQ(changed({route(".", {{kA}, {kB}})}, {route(".", {{kA}, {kB}})}), Names{});
}

TEST(ChangedZones, policy_alone_answers_the_same) {
  Route fastest = route("a.test", {{kA, kB}});
  fastest.policy = Policy::fastest;
  EXPECT_EQ(changed({route("a.test", {{kA, kB}})}, {fastest}), Names{});
}

TEST(ChangedZones, public_resolvers_say_the_same_whichever_is_asked) {
  EXPECT_EQ(changed({route(".", {{kA}})}, {route(".", {{kB}})}), Names{});
  EXPECT_EQ(changed({route(".", {{kCloud}, {kA}})}, {route(".", {{kCloud}, {kB, kA}})}), Names{});
  EXPECT_EQ(changed({route(".", {{kCloud}, {kA}})}, {route(".", {{kA}, {kCloud}})}), Names{});
}

TEST(ChangedZones, another_cloud_has_another_view) {
  EXPECT_EQ(changed({route("a.test", {{kCloud}, {kA}})}, {route("a.test", {{kOther}, {kA}})}),
            Names{"a.test"});
  EXPECT_EQ(changed({route("a.test", {{kCloud}, {kA}})}, {route("a.test", {{kA}})}),
            Names{"a.test"});
}

TEST(ChangedZones, so_has_each_server_of_a_zone_that_is_not_public) {
  for (const auto visibility : {Visibility::private_view, Visibility::split_view}) {
    EXPECT_EQ(changed({route("a.test", {{kA}}, visibility)}, {route("a.test", {{kB}}, visibility)}),
              Names{"a.test"});
  }
}

TEST(ChangedZones, visibility_changed) {
  EXPECT_EQ(changed({route("a.test", {{kA}})}, {route("a.test", {{kA}}, Visibility::private_view)}),
            Names{"a.test"});
}

TEST(ChangedZones, routes_that_come_and_go) {
  EXPECT_EQ(changed({route("old.test", {{kA}})}, {route("new.test", {{kA}})}),
            (Names{"new.test", "old.test"}));
}

TEST(ChangedZones, the_root_says_it_all) {
  EXPECT_EQ(changed({route(".", {{kCloud}}), route("a.test", {{kCloud}})},
                    {route(".", {{kOther}}), route("a.test", {{kOther}})}),
            Names{"."});
}

}  // namespace
}  // namespace holdfast
