#include "control/expand_links.h"

#include <gtest/gtest.h>

#include "control/expand_auto.h"
#include "tests/unit/control/config_builder.h"

namespace holdfast {
namespace {

using Tiers = std::vector<std::vector<std::string>>;

LinkDomain domain(const char* zone, const char* interface,
                  std::initializer_list<const char*> servers) {
  LinkDomain made{dns::Name::parse(zone).value(), interface, {}};
  for (const char* server : servers)
    made.servers.push_back(parse_ip(server).value());
  return made;
}

Config two_providers() {
  Config config = test::two_providers();
  config.listen = {parse_endpoint("127.0.0.1", 53).value()};
  return config;
}

TEST(ExpandLinks, MakesAPrivateRouteToTheServersOfTheLinkAlone) {
  const std::vector domains{domain("corp.example", "tun0", {"10.8.0.1", "fd00:8::1"}),
                            domain("lab.example", "tun0", {"10.8.0.1", "fd00:8::1"})};
  const Config config = with_link_domains(two_providers(), domains);
  ASSERT_EQ(config.upstreams.size(), 4U);
  const UpstreamConfig& first = config.upstreams[2];
  EXPECT_EQ(first.name, "link:tun0-1");
  EXPECT_EQ(first.provider, "link:tun0");
  EXPECT_EQ(first.upstream_class, UpstreamClass::cloud);
  EXPECT_EQ(first.interface, "tun0");
  EXPECT_EQ(config.upstreams[3].endpoints,
            std::vector{parse_endpoint("[fd00:8::1]:53", 0).value()});
  ASSERT_EQ(config.routes.size(), 3U);
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_EQ(config.routes[i].tiers, (Tiers{{"link:tun0-1", "link:tun0-2"}}));
    EXPECT_EQ(config.routes[i].visibility, Visibility::private_view);
  }
  const auto snapshot = build_snapshot(config, nullptr);
  EXPECT_EQ(test::find(*snapshot, "www.corp.example").label, "corp.example");
  EXPECT_EQ(test::find_upstream(*snapshot, "link:tun0-1").probe.question.name,
            dns::Name::parse("corp.example").value());
  EXPECT_EQ(test::find(*snapshot, "www.example").label, ".");
}

TEST(ExpandLinks, ARouteOfTheConfigurationWins) {
  Config config = two_providers();
  config.routes.push_back(test::route("corp.example", {{"alpha"}}));
  const std::vector domains{domain("corp.example", "tun0", {"10.8.0.1"})};
  const Config expanded = with_link_domains(config, domains);
  EXPECT_EQ(expanded.routes.size(), 2U);
  EXPECT_EQ(expanded.upstreams.size(), 2U);
  EXPECT_EQ(expanded.routes[1].tiers, (Tiers{{"alpha"}}));
}

TEST(ExpandLinks, LinksThatShareADomainShareItsRoute) {
  const std::vector domains{domain("corp.example", "tun0", {"10.8.0.1"}),
                            domain("corp.example", "wg0", {"10.9.0.1"})};
  const Config config = with_link_domains(two_providers(), domains);
  ASSERT_EQ(config.routes.size(), 2U);
  EXPECT_EQ(config.routes[1].tiers, (Tiers{{"link:tun0-1", "link:wg0-1"}}));
}

TEST(ExpandLinks, OurselvesAndWhatFindsNoRoomIsLeftOut) {
  const std::vector ours{domain("corp.example", "lo", {"127.0.0.1"})};
  EXPECT_EQ(with_link_domains(two_providers(), ours).routes.size(), 1U);
  Config full = two_providers();
  while (full.upstreams.size() < kMaxUpstreams / 2) {
    full.upstreams.push_back(test::upstream("u" + std::to_string(full.upstreams.size()),
                                            UpstreamClass::cloud, "aws", "192.0.2.9:53"));
  }
  const std::vector one{domain("corp.example", "tun0", {"10.8.0.1"})};
  const Config expanded = with_link_domains(full, one);
  EXPECT_EQ(expanded.upstreams.size(), kMaxUpstreams / 2);
  EXPECT_EQ(expanded.routes.size(), 1U);
}

TEST(ExpandLinks, CanBeSwitchedOff) {
  Config config = two_providers();
  config.link_routes = false;
  const std::vector domains{domain("corp.example", "tun0", {"10.8.0.1"})};
  EXPECT_EQ(with_link_domains(config, domains).routes.size(), 1U);
}

TEST(ExpandLinks, AnUpstreamOfALinkKeepsItsIdWhenAnotherLinkGoes) {
  const std::vector both{domain("a.example", "tun0", {"10.8.0.1"}),
                         domain("b.example", "wg0", {"10.9.0.1"})};
  const auto before = build_snapshot(with_link_domains(two_providers(), both), nullptr);
  const auto after =
      build_snapshot(with_link_domains(two_providers(), std::span(both).subspan(1)), before);
  EXPECT_EQ(test::find_upstream(*after, "link:wg0-1").id,
            test::find_upstream(*before, "link:wg0-1").id);
}

}  // namespace
}  // namespace holdfast
