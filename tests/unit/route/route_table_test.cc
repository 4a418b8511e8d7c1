// Which route a name takes.
#include "route/route_table.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

dns::Name name(std::string_view text) {
  return dns::Name::parse(text).value();
}

RouteTable table(const std::vector<std::string>& zones) {
  std::vector<Route> routes;
  for (const std::string& zone : zones) {
    Route route;
    route.zone = name(zone);
    route.label = zone;
    routes.push_back(route);
  }
  return RouteTable(std::move(routes));
}

/// The label of the route found; "-" if none.
std::string found(const RouteTable& routes, std::string_view text) {
  const Route* route = routes.find(name(text).wire());
  return route == nullptr ? "-" : route->label;
}

TEST(RouteTable, without_routes_finds_none) {
  EXPECT_EQ(found(RouteTable(), "example.com"), "-");
  EXPECT_EQ(found(RouteTable(), "."), "-");
  EXPECT_EQ(found(RouteTable(std::vector<Route>{}), "example.com"), "-");
}

TEST(RouteTable, takes_the_longest_suffix_at_label_boundaries) {
  struct Row {
    const char* asked;
    const char* route;
  };

  const RouteTable routes =
      table({"example.com", ".", "a.b.example.com", "com", "10.in-addr.arpa"});
  const Row rows[] = {
      {".", "."},
      {"org", "."},
      {"com", "com"},
      {"other.com", "com"},
      {"example.com", "example.com"},
      {"EXAMPLE.Com", "example.com"},
      {"www.example.com", "example.com"},
      {"notexample.com", "com"},
      {"example.com.org", "."},
      {"b.example.com", "example.com"},
      {"a.b.example.com", "a.b.example.com"},
      {"A.B.EXAMPLE.COM", "a.b.example.com"},
      {"x.y.z.a.b.example.com", "a.b.example.com"},
      {"xa.b.example.com", "example.com"},
      {"1.2.10.in-addr.arpa", "10.in-addr.arpa"},
      {"110.in-addr.arpa", "."},
      {"a\\.b.example.com", "example.com"},  // one label, not two
  };
  for (const Row& row : rows)
    EXPECT_EQ(found(routes, row.asked), row.route) << row.asked;
}

TEST(RouteTable, without_a_root_route_some_names_have_none) {
  const RouteTable routes = table({"example.com", "internal"});
  EXPECT_EQ(found(routes, "host.internal"), "internal");
  EXPECT_EQ(found(routes, "com"), "-");
  EXPECT_EQ(found(routes, "."), "-");
}

TEST(RouteTable, any_octets_make_a_label) {
  const RouteTable routes = table({"\\000\\255.example", "\\001x.example", "a\\032b"});
  EXPECT_EQ(found(routes, "www.\\000\\255.example"), "\\000\\255.example");
  EXPECT_EQ(found(routes, "\\000\\254.example"), "-");
  EXPECT_EQ(found(routes, "\\001X.EXAMPLE"), "\\001x.example");
  EXPECT_EQ(found(routes, "c.A\\032B"), "a\\032b");
  // An octet that looks like a length does not begin a label.
  EXPECT_EQ(found(routes, "x\\002\\001x.example"), "-");
}

TEST(RouteTable, names_and_zones_of_the_most_labels_work) {
  std::string deep = "a";
  for (int i = 1; i < 127; ++i)
    deep += ".a";
  const std::string zone70 = deep.substr(deep.size() - (70 * 2 - 1));
  const RouteTable routes = table({zone70, deep.substr(2)});
  EXPECT_EQ(found(routes, deep), deep.substr(2));
  EXPECT_EQ(found(routes, deep.substr(2)), deep.substr(2));
  EXPECT_EQ(found(routes, deep.substr(4)), zone70);
  EXPECT_EQ(found(routes, deep.substr(deep.size() - (69 * 2 - 1))), "-");
  const std::string longest = std::string(63, 'x') + "." + std::string(63, 'x') + "." +
                              std::string(63, 'x') + "." + std::string(61, 'x');
  EXPECT_EQ(found(table({longest}), longest), longest);
}

TEST(RouteTable, positions_are_ids) {
  const RouteTable routes = table({".", "com", "org"});
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(routes.position(routes.routes()[i]), i);
  EXPECT_EQ(routes.position(*routes.find(name("x.org").wire())), 2U);
}

TEST(RouteTable, stays_right_when_moved_and_copied) {
  RouteTable routes = table({".", "example.com"});
  const RouteTable copy = routes;
  const RouteTable moved = std::move(routes);
  EXPECT_EQ(found(copy, "www.example.com"), "example.com");
  EXPECT_EQ(found(moved, "www.example.com"), "example.com");
  EXPECT_EQ(copy.position(*copy.find(name("example.com").wire())), 1U);
}

TEST(RouteTable, ten_thousand_routes_agree_with_a_walk_over_all) {
  constexpr unsigned kSeed = 3;
  std::mt19937 random(kSeed);
  std::vector<std::string> zones{"."};
  for (unsigned i = 0; i < 10000; ++i) {
    std::string zone = "z" + std::to_string(i) + ".t" + std::to_string(i % 50);
    if (i % 3 == 0) zone = "sub." + zone;
    zones.push_back(zone);
  }
  const RouteTable routes = table(zones);
  for (int step = 0; step < 100; ++step) {
    const unsigned i = static_cast<unsigned>(random() % 11000);
    const std::string tld = ".t" + std::to_string(i % 50);
    const std::string below = random() % 2 == 0 ? "www.sub." : "www.";
    const dns::Name asked = name(below + "z" + std::to_string(i) + tld);
    const Route* best = nullptr;
    for (const Route& route : routes.routes()) {
      if (!asked.is_subdomain_of(route.zone)) continue;
      if (best == nullptr || route.zone.label_count() > best->zone.label_count()) best = &route;
    }
    EXPECT_EQ(routes.find(asked.wire()), best) << asked.to_string();
  }
}

TEST(Route, counts_its_upstreams_over_all_tiers) {
  Route route;
  EXPECT_EQ(route.upstream_count(), 0U);
  route.tiers = {{UpstreamId{1}}, {UpstreamId{2}, UpstreamId{3}}};
  EXPECT_EQ(route.upstream_count(), 3U);
}

TEST(Route, words_are_those_of_the_configuration) {
  EXPECT_STREQ(to_string(Policy::ordered), "ordered");
  EXPECT_STREQ(to_string(Policy::fastest), "fastest");
  EXPECT_STREQ(to_string(Policy::race), "race");
  EXPECT_STREQ(to_string(Visibility::public_view), "public");
  EXPECT_STREQ(to_string(Visibility::private_view), "private");
  EXPECT_STREQ(to_string(Visibility::split_view), "split-view");
}

}  // namespace
}  // namespace holdfast
