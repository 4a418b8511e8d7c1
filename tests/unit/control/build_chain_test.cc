#include "control/build_chain.h"

#include <gtest/gtest.h>

#include "config_builder.h"
#include "control/build_snapshot.h"

namespace holdfast {
namespace {

using test::find_upstream;
using test::two_providers;

Config with_chain() {
  Config config = two_providers();
  UpstreamConfig ens;
  ens.name = ens.provider = "ens";
  ens.upstream_class = UpstreamClass::ens;
  ens.transport = TransportKind::rpc;
  ens.chain.emplace().endpoints.resize(1);
  config.upstreams.push_back(ens);
  for (const char* zone : {"eth", "example.com"}) {
    RouteConfig route;
    route.zone = dns::Name::parse(zone).value();
    route.label = zone;
    route.tiers = {{"vpc"}, {"ens"}};
    config.routes.push_back(route);
  }
  return config;
}

TEST(BuildChain, AnswersForTheZonesOfItsRoutesAndNothingElse) {
  Config config = with_chain();
  config.routes.back().ens_name = "example.eth";
  EXPECT_EQ(build_chain(config.upstreams.front(), config), nullptr);
  const auto chain = build_chain(config.upstreams.back(), config);
  const auto& zones = chain->bridge.zones;
  ASSERT_EQ(zones.size(), 2U);
  EXPECT_EQ(zones[0].kind, ens::BridgeZone::Kind::native);
  EXPECT_FALSE(zones[0].alias);
  EXPECT_EQ(zones[1].kind, ens::BridgeZone::Kind::copied);
  EXPECT_EQ(ens::decode_name(zones[1].alias.value()), "example.eth");
}

TEST(BuildChain, APrivateZoneThatIsAskedOfChainsAloneIsTheirOwn) {
  using Kind = ens::BridgeZone::Kind;
  Config config = with_chain();
  RouteConfig& route = config.routes.back();
  const auto kind = [&] {
    return build_chain(config.upstreams.back(), config)->bridge.zones.back().kind;
  };
  route.visibility = Visibility::private_view;
  EXPECT_EQ(kind(), Kind::copied);  // its servers are asked, too
  route.tiers = {{"ens"}};
  EXPECT_EQ(kind(), Kind::own);
  route.visibility = Visibility::public_view;
  EXPECT_EQ(kind(), Kind::copied);
  route.visibility = Visibility::private_view;
  route.zone = dns::Name::parse("sub.eth").value();
  EXPECT_EQ(kind(), Kind::native);
}

TEST(BuildChain, WhatMakesItAnotherUpstream) {
  const Config config = with_chain();
  const auto before = build_snapshot(config, nullptr);
  const auto id_after = [&](const auto& change) {
    Config next = config;
    change(next);
    return find_upstream(*build_snapshot(next, before), "ens").id;
  };
  const UpstreamId id = find_upstream(*before, "ens").id;
  EXPECT_EQ(id_after([](Config&) {}), id);
  EXPECT_NE(id_after([](Config& c) { c.upstreams.back().chain->id = 5; }), id);
  EXPECT_NE(id_after([](Config& c) { c.upstreams.back().chain->quorum = 3; }), id);
  EXPECT_NE(id_after([](Config& c) { c.upstreams.back().chain->endpoints[0].secret = "x"; }), id);
  EXPECT_NE(id_after([](Config& c) { c.routes.pop_back(); }), id);
}

TEST(BuildChain, ItsHealthQuestionNeedsNoCall) {
  const auto snapshot = build_snapshot(with_chain(), nullptr);
  const ProbeSpec& probe = find_upstream(*snapshot, "ens").probe;
  EXPECT_EQ(probe.question.name.to_string(), "eth");
  EXPECT_EQ(probe.question.type, dns::RrType::soa);
}

}  // namespace
}  // namespace holdfast
