#include "audit/domains.h"

#include <gtest/gtest.h>

#include "tests/unit/audit/audit_text.h"

namespace holdfast::audit {
namespace {

TEST(Domains, AreProvidersAndWhatIsKnownOfThem) {
  const auto loaded = test::load_changed(
      R"({"upstreams": {"one": {"url": "tls://1.1.1.1"},
          "two": {"url": "https://1.0.0.1/dns-query"}}})");
  ASSERT_TRUE(loaded.ok()) << test::mistakes(loaded);
  const Domains domains(loaded.config);
  EXPECT_EQ(domains.names(),
            (std::vector<std::string>{"rpc-a", "rpc-b", "rpc-c", "one+two", "aws"}));
}

TEST(Domains, AChainAnswersWhileItsQuorumIsLeft) {
  const auto loaded = test::load_changed("{}");
  const Domains domains(loaded.config);
  const auto& ens = *std::ranges::find(loaded.config.upstreams, "ens", &UpstreamConfig::name);
  EXPECT_EQ(domains.of(ens), (DomainSet{0, 1, 2}));
  EXPECT_TRUE(domains.answers_without(ens, DomainSet{}));
  EXPECT_TRUE(domains.answers_without(ens, DomainSet{1}));
  EXPECT_FALSE(domains.answers_without(ens, DomainSet{0, 2}));
}

TEST(Domains, ATrustedEndpointIsEnough) {
  const auto loaded = test::load_changed(
      R"([{"op": "add", "path": "/upstreams/ens/mode", "value": "trusted"},
          {"op": "add", "path": "/upstreams/ens/endpoints/0/trusted", "value": true}])");
  ASSERT_TRUE(loaded.ok()) << test::mistakes(loaded);
  const Domains domains(loaded.config);
  const auto& ens = *std::ranges::find(loaded.config.upstreams, "ens", &UpstreamConfig::name);
  EXPECT_TRUE(domains.answers_without(ens, DomainSet{1, 2}));
  EXPECT_TRUE(domains.answers_without(ens, DomainSet{0}));
  EXPECT_FALSE(domains.answers_without(ens, DomainSet{0, 1}));
}

TEST(Domains, PortsOfLoopbackAreServersOfTheirOwn) {
  const auto loaded = test::load_changed(
      R"({"upstreams": {"one": {"url": "udp://127.0.0.1:5301"},
          "two": {"url": "udp://127.0.0.1:5302"}}})");
  ASSERT_TRUE(loaded.ok()) << test::mistakes(loaded);
  EXPECT_EQ(Domains(loaded.config).names().size(), 6U);
}

}  // namespace
}  // namespace holdfast::audit
