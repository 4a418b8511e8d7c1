#include <gtest/gtest.h>

#include "audit/simulate_losses.h"
#include "tests/unit/audit/audit_text.h"

namespace holdfast::audit {
namespace {

Simulation simulated(const std::string& change) {
  const auto loaded = test::load_changed(change);
  EXPECT_TRUE(loaded.ok()) << test::mistakes(loaded);
  return simulate_losses(loaded.config, *loaded.tree);
}

/// "error . [aws] silent stops", one a line.
std::string listing(const Simulation& simulation) {
  std::string text;
  for (const Failed& failed : simulation.failed) {
    text += std::string(to_string(failed.severity)) + ' ' + failed.route + " [";
    for (const std::string& name : failed.lost)
      text += (text.ends_with('[') ? "" : " ") + name;
    text += std::string("] ") + to_string(failed.how) +
            (failed.performance.stops ? " stops\n" : " gap\n");
  }
  return text;
}

TEST(SimulateLosses, WhatIsSoundStopsOnlyWhereNobodyElseKnows) {
  EXPECT_EQ(listing(simulated("{}")),
            "note corp.internal [aws] silent stops\n"
            "note eth [rpc-a rpc-b] silent stops\n"
            "note eth [rpc-a rpc-c] silent stops\n"
            "note eth [rpc-b rpc-c] silent stops\n");
}

TEST(SimulateLosses, ALoneProviderIsAnError) {
  const auto simulation = simulated(
      R"([{"op": "replace", "path": "/routes/0/tiers", "value": [["one"]]},
          {"op": "remove", "path": "/upstreams/two"}])");
  ASSERT_FALSE(simulation.failed.empty());
  const Failed& failed = simulation.failed.front();
  EXPECT_EQ(failed.severity, Severity::error);
  EXPECT_EQ(failed.route, ".");
  EXPECT_EQ(failed.lost, std::vector<std::string>{"one"});
  EXPECT_EQ(failed.pointer, "/routes/0");
  EXPECT_LT(failed.performance.stops.value(), 1s);
  // Names used before are answered for the TTL and three days more.
  EXPECT_GT(failed.performance.held, 72h);
  EXPECT_GT(failed.performance.held_stops.value(), 72h);
  EXPECT_LT(failed.performance.held_stops.value(), 72h + 3min);
  EXPECT_EQ(verdict(simulation), 2);
}

TEST(SimulateLosses, WithoutStaleAPrivateZoneEndsWithItsTtl) {
  const auto simulation = simulated(R"([{"op": "add", "path": "/routes/1/stale",
          "value": "0s"}])");
  ASSERT_FALSE(simulation.failed.empty());
  const Failed& failed = simulation.failed.front();
  EXPECT_EQ(failed.route, "corp.internal");
  EXPECT_EQ(failed.severity, Severity::error);
  EXPECT_LT(failed.performance.held_stops.value(), 2min);
}

TEST(SimulateLosses, AQuorumThatNeedsAllIsAnError) {
  const auto simulation = simulated(R"({"upstreams": {"ens": {"quorum": 3}}})");
  EXPECT_EQ(verdict(simulation), 2);
  EXPECT_EQ(simulation.failed.front().route, "eth");
}

TEST(SimulateLosses, TwoNamesOfOneServiceAreLostTogether) {
  const auto simulation = simulated(
      R"([{"op": "replace", "path": "/upstreams/one/url", "value": "tls://1.1.1.1"},
          {"op": "replace", "path": "/upstreams/two/url", "value": "https://1.0.0.1/dns-query"},
          {"op": "replace", "path": "/routes/0/tiers", "value": [["one", "two"]]}])");
  EXPECT_EQ(verdict(simulation), 2);
  EXPECT_EQ(simulation.failed.front().lost, std::vector<std::string>{"one+two"});
}

TEST(SimulateLosses, ACloudIsLostWithAllThatStandsInIt) {
  const auto simulation = simulated(
      R"([{"op": "replace", "path": "/upstreams/one/url", "value": "tls://52.95.110.1"},
          {"op": "replace", "path": "/routes/0/tiers", "value": [["vpc"], ["one"]]},
          {"op": "remove", "path": "/upstreams/two"}])");
  EXPECT_EQ(verdict(simulation), 2);
  EXPECT_EQ(simulation.failed.front().lost, std::vector<std::string>{"everything in AWS"});
}

TEST(SimulateLosses, IsDeterministic) {
  const std::string change = R"([{"op": "add", "path": "/routes/0/policy", "value": "fastest"}])";
  const auto once = simulated(change);
  const auto again = simulated(change);
  ASSERT_EQ(listing(once), listing(again));
  EXPECT_EQ(once.virtual_time, again.virtual_time);
  for (std::size_t i = 0; i < once.failed.size(); ++i)
    EXPECT_EQ(once.failed[i].performance.stops, again.failed[i].performance.stops);
}

TEST(SimulateLosses, RoutesThatDifferInNothingArePlayedOnce) {
  auto config = test::sound_config();
  for (int i = 0; i < 500; ++i) {
    config["routes"].push_back({{"zone", "zone" + std::to_string(i) + ".example"},
                                {"tiers", config["routes"][0]["tiers"]}});
  }
  const auto loaded = parse_config({{"main.json", config.dump()}});
  ASSERT_TRUE(loaded.ok());
  const auto simulation = simulate_losses(loaded.config, *loaded.tree);
  EXPECT_EQ(simulation.routes, 503U);
  EXPECT_EQ(simulation.played, 3U);
  EXPECT_EQ(simulation.routes_left_out, 0U);
}

TEST(SimulateLosses, IsBounded) {
  auto config = test::sound_config();
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    names.push_back("u" + std::to_string(i));
    config["upstreams"][names.back()] = {{"url", "tls://203.0.113." + std::to_string(100 + i)},
                                         {"validates", true}};
  }
  config["routes"].push_back({{"zone", "example"}, {"tiers", {names}}});
  const auto loaded = parse_config({{"main.json", config.dump()}});
  ASSERT_TRUE(loaded.ok()) << test::mistakes(loaded);
  const Subject subject(loaded.config, *loaded.tree);
  const Casting casting = cast(subject);
  EXPECT_EQ(casting.pairs_left_out, 40U * 39U / 2U + 6U - kMaxPairs);
}

}  // namespace
}  // namespace holdfast::audit
