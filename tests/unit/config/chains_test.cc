// Upstreams of class ens and the routes that name them.
#include <gtest/gtest.h>

#include "config_text.h"

namespace holdfast {
namespace {

using test::has;
using test::listing;

const std::string kEndpoint = R"({"url": "http://127.0.0.1:8545", "provider": "own"})";
const std::string kSecond = R"({"url": "https://192.0.2.61", "provider": "b"})";

LoadedConfig load_chain(const std::string& members, const std::string& route = {}) {
  const std::string routes = route.empty() ? R"({"zone": "eth", "tiers": [["ens"]]})" : route;
  return test::load_patched(
      R"({"upstreams": {"ens": {"class": "ens", )" + members +
      R"(}}, "routes": [{"zone": ".", "tiers": [["vpc"], ["alpha", "beta"]]}, )" + routes + "]}");
}

/// The only one.
UpstreamConfig chain_upstream(const LoadedConfig& loaded) {
  for (const UpstreamConfig& upstream : loaded.config.upstreams) {
    if (upstream.chain) return upstream;
  }
  return {};
}

rpc::Chain chain(const std::string& members) {
  const auto loaded = load_chain(members);
  EXPECT_TRUE(loaded.ok()) << members << '\n' << listing(loaded.errors);
  return chain_upstream(loaded).chain.value_or(rpc::Chain{});
}

void refused(const std::string& members, const std::string& pointer, const std::string& fragment) {
  const auto loaded = load_chain(members);
  EXPECT_TRUE(has(loaded.errors, "/upstreams/ens" + pointer, fragment))
      << members << "\nwanted " << pointer << ": " << fragment << "\ngot\n"
      << listing(loaded.errors);
  EXPECT_EQ(loaded.errors.size(), 1U) << members << '\n' << listing(loaded.errors);
}

std::string one(const std::string& members) {
  return R"("endpoints": [{)" + members + "}]";
}

TEST(Chains, Defaults) {
  const auto loaded = load_chain("\"endpoints\": [" + kEndpoint + "]");
  ASSERT_TRUE(loaded.ok()) << listing(loaded.errors);
  const UpstreamConfig upstream = chain_upstream(loaded);
  EXPECT_EQ(upstream.upstream_class, UpstreamClass::ens);
  EXPECT_EQ(upstream.transport, TransportKind::rpc);
  ASSERT_TRUE(upstream.chain);
  EXPECT_EQ(upstream.chain->id, 1U);
  EXPECT_EQ(upstream.chain->mode, rpc::Mode::first);
  EXPECT_EQ(upstream.chain->max_head_age, 3min);
  EXPECT_TRUE(upstream.chain->bridge.gateways.enabled);
  EXPECT_FALSE(upstream.chain->gateways.only_allowed);
  const rpc::EndpointSpec& endpoint = upstream.chain->endpoints.front();
  EXPECT_EQ(endpoint.port, 8545);
  EXPECT_EQ(endpoint.addresses.front().to_string(), "127.0.0.1");
  EXPECT_EQ(endpoint.weight, 1U);
  EXPECT_FALSE(endpoint.trusted);
}

TEST(Chains, TwoEndpointsMustAgreeUnlessToldOtherwise) {
  const std::string two = "\"endpoints\": [" + kEndpoint + "," + kSecond + "]";
  EXPECT_EQ(chain(two).mode, rpc::Mode::quorum);
  EXPECT_EQ(chain(two).quorum, 2U);
  EXPECT_EQ(chain(two + R"(, "mode": "first")").quorum, 1U);
}

TEST(Chains, AUniversalResolverOrNone) {
  EXPECT_FALSE(chain("\"endpoints\": [" + kEndpoint + "]").bridge.contracts.walks());
  EXPECT_TRUE(chain("\"universal_resolver\": \"none\", \"endpoints\": [" + kEndpoint + "]")
                  .bridge.contracts.walks());
  refused("\"universal_resolver\": \"some\", \"endpoints\": [" + kEndpoint + "]",
          "/universal_resolver", "the address of a contract");
  refused("\"registry\": \"none\", \"endpoints\": [" + kEndpoint + "]", "/registry",
          "the address of a contract");
}

TEST(Chains, AllKeys) {
  const auto all = chain(one(R"("url": "https://rpc.example:8443/v1/{secret}?x=1",
      "addresses": ["192.0.2.60", "2001:db8::60"], "secret_file": "/etc/key", "weight": 4,
      "trusted": true, "ca_file": "/etc/ca.pem")") +
                         R"(, "chain_id": 8453, "mode": "trusted", "quorum": 1,
      "registry": "0xB94704422c2a1E396835A571837Aa5AE53285a95", "max_head_age": "1min",
      "universal_resolver": "0x00000000000000000000000000000000000000ff",
      "gateway_a": ["192.0.2.80"], "gateway_aaaa": ["2001:db8::80"], "ccip": "allowlist",
      "ccip_allow": ["http://127.0.0.1:18550", "HTTPS://GW.Example", "https://[::1]:8443"],
      "ccip_deny": ["Tracker.example", "192.0.2.9"], "ccip_ca_file": "/etc/gw.pem",
      "finality": "safe", "text": ["url", "com.github"], "missing": "nxdomain", "ccip_4xx": "next",
      "name_servers": ["ns1.example.net", "ns2.example.net"])");
  EXPECT_EQ(all.finality, rpc::Finality::safe);
  EXPECT_EQ(all.bridge.answers.text_keys, (std::vector<std::string>{"url", "com.github"}));
  EXPECT_EQ(all.bridge.answers.name_servers.at(1), *dns::Name::parse("ns2.example.net"));
  EXPECT_TRUE(all.bridge.answers.missing_is_nxdomain);
  EXPECT_TRUE(all.bridge.gateways.next_after_client_error);
  EXPECT_TRUE(all.bridge.gateways.enabled);
  EXPECT_TRUE(all.gateways.only_allowed);
  const std::vector<rpc::Origin> allowed{
      {false, "127.0.0.1", 18550}, {true, "gw.example", 443}, {true, "::1", 8443}};
  EXPECT_EQ(all.gateways.allowed, allowed);
  EXPECT_EQ(all.gateways.denied, (std::vector<std::string>{"tracker.example", "192.0.2.9"}));
  EXPECT_EQ(all.gateways.ca_file, "/etc/gw.pem");
  EXPECT_EQ(all.id, 8453U);
  EXPECT_EQ(all.mode, rpc::Mode::trusted);
  EXPECT_EQ(all.max_head_age, 1min);
  EXPECT_EQ(all.bridge.contracts.registry[0], 0xb9);
  EXPECT_EQ(all.bridge.contracts.universal_resolver[19], 0xff);
  EXPECT_EQ(all.bridge.answers.gateway_a.size(), 1U);
  const rpc::EndpointSpec& endpoint = all.endpoints.front();
  EXPECT_EQ(endpoint.provider, "rpc.example");
  EXPECT_EQ(endpoint.port, 8443);
  EXPECT_EQ(endpoint.addresses.size(), 2U);
  EXPECT_TRUE(endpoint.trusted);
}

TEST(Chains, LaterBlocksMayBeOlder) {
  const std::string good = "\"endpoints\": [" + kEndpoint + "]";
  EXPECT_EQ(chain(good).finality, rpc::Finality::latest);
  EXPECT_EQ(chain(good + R"(, "finality": "safe")").max_head_age, 10min);
  EXPECT_EQ(chain(good + R"(, "finality": "finalized")").max_head_age, 30min);
  EXPECT_EQ(chain(good + R"(, "finality": "finalized", "max_head_age": "1h")").max_head_age, 1h);
  refused(good + R"(, "finality": "final")", "/finality", "did you mean \"finalized\"?");
}

TEST(Chains, WhatIsWrongWithAnswers) {
  const std::string good = "\"endpoints\": [" + kEndpoint + "]";
  refused(good + R"(, "text": "url")", "/text", "array");
  for (const char* key : {R"("")", R"("a b")", R"("a=b")", "7"})
    refused(good + R"(, "text": [)" + key + "]", "/text/0", "the key of a text record");
  refused(good + R"(, "text": ["1","2","3","4","5","6","7","8","9"])", "/text", "at most 8");
  refused(good + R"(, "name_servers": ["a..b"])", "/name_servers/0", "");
  refused(good + R"(, "missing": "nxdomein")", "/missing", "did you mean \"nxdomain\"?");
  refused(good + R"(, "ccip_4xx": "go on")", "/ccip_4xx", "\"stop\"");
}

TEST(Chains, WhatIsWrongWithTheUpstream) {
  const std::string good = "\"endpoints\": [" + kEndpoint + "," + kSecond + "]";
  refused(good + R"(, "chain_id": 0)", "/chain_id", "1");
  refused(good + R"(, "registry": "0x12")", "/registry", "40 digits of hex");
  refused(good + R"(, "mode": "quorm")", "/mode", "did you mean \"quorum\"?");
  refused(good + R"(, "quorum": 1)", "/quorum", "one is no quorum");
  refused(good + R"(, "quorum": 3)", "/quorum", "a quorum of 3 of 2 providers");
  refused(good + R"(, "mode": "trusted")", "/mode", "without an endpoint that is");
  refused(good + R"(, "url": "udp://192.0.2.1")", "/url", "unknown key");
  refused(good + R"(, "ccip": "allow")", "/ccip", "\"allowlist\"");
  refused(good + R"(, "ccip": true)", "/ccip", "\"on\"");
  refused(good + R"(, "ccip": "allowlist")", "/ccip", "nothing that is on it");
  refused(good + R"(, "ccip_deny": [".example"])", "/ccip_deny/0", "a host");
  refused(good + R"(, "ccip_deny": "x.example")", "/ccip_deny", "array");
  refused(good + R"(, "ccip_ca_file": "gw.pem")", "/ccip_ca_file", "absolute path");
  for (const char* origin :
       {"gw.example", "https://gw.example/", "https://gw.example?x", "ftp://gw.example",
        "https://a@gw.example", "https://gw.example:0", "https://127.1", ""})
    refused(good + R"(, "ccip_allow": [")" + origin + "\"]", "/ccip_allow/0", "where a gateway is");
  refused(R"("endpoints": [])", "/endpoints", "expected 1 to 16");
  refused(R"("chain_id": 1)", "/endpoints", "missing");
}

TEST(Chains, TwoEndpointsOfOneProviderAreOneVoice) {
  refused("\"endpoints\": [" + kEndpoint + "," + kEndpoint + "]", "/endpoints",
          "a quorum of 2 of 1 providers");
}

TEST(Chains, WhatIsWrongWithAnEndpoint) {
  const std::string at = "/endpoints/0";
  refused(one(R"("provider": "a")"), at + "/url", "missing");
  refused(one(R"("url": "wss://192.0.2.1")"), at + "/url", "http://127.0.0.1:8545");
  refused(one(R"("url": "https://192.0.2.1/{secret}")"), at + "/url", "expected \"secret_file\"");
  refused(one(R"("url": "http://192.0.2.1", "secret_env": "KEY")"), at + "/url",
          "the secret can be read");
  refused(one(R"("url": "https://192.0.2.1", "secret_env": "KEY", "secret_file": "/k")"),
          at + "/secret_env", "not both");
  refused(one(R"("url": "https://192.0.2.1", "secret_env": "a-b")"), at + "/secret_env", "RPC_KEY");
  refused(one(R"("url": "https://192.0.2.1", "weight": 0)"), at + "/weight", "1");
  refused(one(R"("url": "https://192.0.2.1", "addresses": ["192.0.2.2"])"), at + "/addresses",
          "an address already");
}

TEST(Chains, HostNamesAreLookedUpByBootstrapServers) {
  const auto load_with = [](const std::string& bootstrap) {
    return test::load_patched(R"({"bootstrap": )" + bootstrap +
                              R"(, "upstreams": {"ens": {"class": "ens", "endpoints": [
            {"url": "https://rpc.example/0123456789abcdef"}]}},
            "routes": [{"zone": ".", "tiers": [["vpc"], ["alpha", "beta"]]},
                       {"zone": "eth", "tiers": [["ens"]]}]})");
  };
  const auto without = load_with("[]");
  EXPECT_TRUE(has(without.errors, "/upstreams/ens/endpoints/0/url",
                  "found the host name \"rpc.example\"; expected \"addresses\""))
      << listing(without.errors);
  EXPECT_EQ(listing(without.errors).find("0123456789abcdef"), std::string::npos);
  const auto loaded = load_with(R"(["192.0.2.53"])");
  EXPECT_TRUE(loaded.ok()) << listing(loaded.errors);
  const auto endpoint = chain_upstream(loaded).chain->endpoints.front();
  EXPECT_TRUE(endpoint.addresses.empty());
  EXPECT_EQ(endpoint.host, "rpc.example");
  EXPECT_EQ(endpoint.provider, "rpc.example");
}

TEST(Chains, LocalhostIsHere) {
  const auto endpoint = chain(one(R"("url": "http://localhost:8545")")).endpoints.front();
  ASSERT_EQ(endpoint.addresses.size(), 2U);
  EXPECT_EQ(endpoint.addresses[0].to_string(), "127.0.0.1");
  EXPECT_EQ(endpoint.addresses[1].to_string(), "::1");
}

TEST(Chains, WhatMayBeASecretIsNotShown) {
  for (const char* url : {"https://user:hush@192.0.2.1/", "hush://192.0.2.1", "https://a b/hush"}) {
    const auto loaded = load_chain(one("\"url\": \"" + std::string(url) + '"'));
    ASSERT_EQ(loaded.errors.size(), 1U) << listing(loaded.errors);
    EXPECT_EQ(listing(loaded.errors).find("hush"), std::string::npos) << listing(loaded.errors);
  }
}

TEST(Chains, PlainHttpBeyondLoopbackIsWorthAWarning) {
  const auto loaded = load_chain(one(R"("url": "http://192.0.2.1")"));
  EXPECT_TRUE(loaded.ok());
  EXPECT_TRUE(has(loaded.warnings, "/upstreams/ens/endpoints/0/url", "not encrypted"));
}

TEST(Chains, GatewaysWithNobodyToLookThemUp) {
  const auto warns = [](const std::string& members, const std::string& pointer) {
    const auto loaded = test::load_patched(
        R"({"bootstrap": null, "upstreams": {"ens": {"class": "ens", "endpoints": [)" + kEndpoint +
        "]" + members + R"(}}, "routes": [{"zone": ".", "tiers": [["vpc"], ["alpha", "beta"]]},
        {"zone": "eth", "tiers": [["ens"]]}]})");
    EXPECT_TRUE(loaded.ok()) << listing(loaded.errors);
    return has(loaded.warnings, "/upstreams/ens" + pointer, "\"bootstrap\"");
  };
  EXPECT_TRUE(warns("", ""));
  EXPECT_TRUE(warns(R"(, "ccip": "on")", "/ccip"));
  EXPECT_FALSE(warns(R"(, "ccip": "off")", "/ccip"));
  EXPECT_FALSE(
      warns(R"(, "ccip": "allowlist", "ccip_allow": ["http://127.0.0.1:18550"])", "/ccip"));
}

TEST(Chains, OnlyZonesOfOnesOwnAreAskedThere) {
  const std::string members = "\"endpoints\": [" + kEndpoint + "]";
  const auto route = [&](const std::string& rest) {
    return load_chain(members, R"({"tiers": [["ens"]], )" + rest + "}");
  };
  for (const char* good : {R"("zone": "eth")", R"("zone": "dns.eth")", R"("zone": "example.com")",
                           R"("zone": "corp", "visibility": "private")",
                           R"("zone": "example.com", "ens": {"name": "Example.eth"})"}) {
    const auto loaded = route(good);
    EXPECT_TRUE(loaded.ok()) << good << '\n' << listing(loaded.errors);
  }
  EXPECT_EQ(route(R"("zone": "example.com", "ens": {"name": "Example.eth"})")
                .config.routes.back()
                .ens_name,
            "example.eth");
  EXPECT_TRUE(has(route(R"("zone": "com")").errors, "/routes/1/zone", "a zone of your own"));
  EXPECT_TRUE(has(route(R"("zone": "dns.eth", "ens": {"name": "x.eth"})").errors, "/routes/1/ens",
                  "ordinary zones"));
  EXPECT_TRUE(has(route(R"("zone": "example.com", "ens": {"name": "a..b"})").errors,
                  "/routes/1/ens/name", "a name of ENS"));
  EXPECT_TRUE(has(load_chain(members, R"({"zone": "example.com", "tiers": [["vpc"]],
                                          "ens": {"name": "x.eth"}})")
                      .errors,
                  "/routes/1/ens", "class \"ens\""));
}

}  // namespace
}  // namespace holdfast
