// What a valid configuration becomes: defaults, and each key in its field.

#include <string>

#include <gtest/gtest.h>

#include "config/json_text.h"
#include "config/presets.h"
#include "config_text.h"

namespace holdfast {
namespace {

using test::listing;
using test::load_patched;

Config loaded(const std::string& patch) {
  const auto result = load_patched(patch);
  EXPECT_TRUE(result.ok()) << listing(result.errors);
  return result.config;
}

Endpoint endpoint(const std::string& text) {
  return parse_endpoint(text, 0).value();
}

TEST(Values, Defaults) {
  const auto config = loaded(R"({"listen": null, "bootstrap": null})");
  ASSERT_EQ(config.listen.size(), 2U);
  EXPECT_EQ(config.listen[0].to_string(), "127.0.0.1:53");
  EXPECT_EQ(config.listen[1].to_string(), "[::1]:53");
  ASSERT_EQ(config.acl.size(), 2U);
  EXPECT_EQ(config.acl[0].to_string(), "127.0.0.0/8");
  EXPECT_EQ(config.acl[1].to_string(), "::1/128");
  EXPECT_EQ(config.workers, 0U);
  EXPECT_TRUE(config.bootstrap.empty());
  EXPECT_EQ(config.cache_max_bytes, 64U * 1024 * 1024);
  EXPECT_EQ(config.http.value().to_string(), "127.0.0.1:9953");
  EXPECT_EQ(config.control, "/run/holdfast/control.sock");
  EXPECT_EQ(config.stale_public, 72h);
  EXPECT_EQ(config.log_level, LogLevel::info);
  EXPECT_FALSE(config.query_log.enabled);
  EXPECT_TRUE(config.link_routes);
}

TEST(Values, TopLevelKeys) {
  const auto config = loaded(R"({
    "listen": ["0.0.0.0:0", "::1", "[fe80::1%3]:5353"], "workers": 4,
    "acl": ["10.0.0.0/8", "192.0.2.7"], "admit": {"a": ["192.0.2.8"], "b": ["10.9.0.0/16"]},
    "bootstrap": ["9.9.9.9", "[2620:fe::fe]:5353"],
    "hosts": {"Nas.Example.": ["192.0.2.8", "2001:db8::8"]}, "cache": {"max_bytes": "2MiB"},
    "ttl": {"min": "1s", "max": "1h", "negative_max": "5min"},
    "stale": {"public": "0s", "private": "14d"}, "http": "[::1]", "control": "off",
    "log": {"level": "debug"}, "query_log": {"enabled": true, "max_per_second": 7},
    "link_routes": false, "limits": {"lookups": 100, "tcp_unsent_bytes": "128KiB", "tcp_idle": "3s"}
  })");
  ASSERT_EQ(config.listen.size(), 3U);
  EXPECT_EQ(config.listen[0], endpoint("0.0.0.0:0"));
  EXPECT_EQ(config.listen[1], endpoint("[::1]:53"));
  EXPECT_EQ(config.listen[2].address.scope, 3U);
  EXPECT_EQ(config.acl[1].length, 32);
  ASSERT_EQ(config.admit.size(), 2U);
  EXPECT_EQ(config.admit[1].name, "b");
  ASSERT_EQ(config.admitted().size(), 4U);
  EXPECT_EQ(config.admitted()[3].to_string(), "10.9.0.0/16");
  EXPECT_EQ(config.bootstrap[0], endpoint("9.9.9.9:53"));
  EXPECT_EQ(config.bootstrap[1], endpoint("[2620:fe::fe]:5353"));
  ASSERT_EQ(config.hosts.size(), 1U);
  EXPECT_EQ(config.hosts[0].name, dns::Name::parse("nas.example").value());
  EXPECT_EQ(config.hosts[0].addresses.size(), 2U);
  EXPECT_EQ(config.cache_max_bytes, 2U * 1024 * 1024);
  EXPECT_EQ(config.ttl.min, 1s);
  EXPECT_EQ(config.ttl.max, 1h);
  EXPECT_EQ(config.ttl.negative_max, 5min);
  EXPECT_EQ(config.stale_public, 0s);
  EXPECT_EQ(config.stale_private, 14 * 24h);
  EXPECT_EQ(config.http.value(), endpoint("[::1]:9953"));
  EXPECT_EQ(config.control, "off");
  EXPECT_EQ(config.log_level, LogLevel::debug);
  EXPECT_TRUE(config.query_log.enabled);
  EXPECT_EQ(config.query_log.max_per_second, 7U);
  EXPECT_FALSE(config.link_routes);
  EXPECT_EQ(config.limits.lookups, 100U);
  EXPECT_EQ(config.limits.tcp_unsent_bytes, 128U * 1024);
  EXPECT_EQ(config.limits.tcp_idle, 3s);
  EXPECT_FALSE(loaded(R"({"http": "off"})").http.has_value());
}

TEST(Values, Upstreams) {
  const auto config = loaded(R"({"upstreams": {
    "vpc": {"max_pps": 900, "source": "192.0.2.200", "interface": "eth0",
            "probe": {"name": "probe.example", "type": "a", "interval": "7s"}},
    "alpha": {"url": "tcp://[::1]:5353", "provider": null, "validates": true,
              "filters": true, "trust_ad": true},
    "beta": {"url": "udp://dns.example:54", "addresses": ["192.0.2.9", "192.0.2.10:55"]}
  }})");
  ASSERT_EQ(config.upstreams.size(), 3U);
  const UpstreamConfig& alpha = config.upstreams[0];  // the text of the test is sorted by name
  const UpstreamConfig& beta = config.upstreams[1];
  const UpstreamConfig& vpc = config.upstreams[2];
  EXPECT_EQ(vpc.upstream_class, UpstreamClass::cloud);
  EXPECT_EQ(vpc.provider, "aws");
  EXPECT_EQ(vpc.max_pps, 900U);
  EXPECT_FALSE(alpha.max_pps.has_value());
  EXPECT_EQ(vpc.source.value().to_string(), "192.0.2.200");
  EXPECT_EQ(vpc.interface, "eth0");
  EXPECT_EQ(vpc.probe.name.value(), dns::Name::parse("probe.example").value());
  EXPECT_EQ(vpc.probe.type.value(), dns::RrType::a);
  EXPECT_EQ(vpc.probe.interval.value(), 7s);
  EXPECT_EQ(alpha.provider, "alpha");
  EXPECT_EQ(alpha.upstream_class, UpstreamClass::external);
  EXPECT_EQ(alpha.transport, TransportKind::tcp);
  EXPECT_EQ(alpha.endpoints, std::vector{endpoint("[::1]:5353")});
  EXPECT_TRUE(alpha.validates && alpha.filters && alpha.trust_ad);
  EXPECT_EQ(beta.host, "dns.example");
  EXPECT_EQ(beta.port, 54);
  EXPECT_EQ(beta.endpoints, (std::vector{endpoint("192.0.2.9:54"), endpoint("192.0.2.10:55")}));
}

TEST(Values, PresetsAreUpstreams) {
  const auto config = loaded(R"({"use": ["quad9-dot", "aws-vpc"], "upstreams": {"vpc": null},
    "routes": [{"zone": ".", "tiers": [["aws-vpc"], ["alpha", "beta", "quad9-dot"]]}]})");
  ASSERT_EQ(config.upstreams.size(), 4U);
  const UpstreamConfig& quad9 = config.upstreams[2];
  EXPECT_EQ(quad9.name, "quad9-dot");
  EXPECT_EQ(quad9.provider, "quad9");
  EXPECT_EQ(quad9.transport, TransportKind::tls);
  EXPECT_EQ(quad9.tls.name, "dns.quad9.net");
  EXPECT_EQ(quad9.endpoints.front(), endpoint("9.9.9.9:853"));
  EXPECT_TRUE(quad9.validates && quad9.filters);
  EXPECT_EQ(config.upstreams[3].upstream_class, UpstreamClass::cloud);
}

TEST(Values, EveryPresetIsAnUpstream) {
  Report report;
  const auto presets = read_json("providers.json", std::string(presets_text()), report);
  ASSERT_TRUE(presets) << listing(report.errors);
  std::string names;
  for (const Node& preset : presets->children)
    names += (names.empty() ? "\"" : ", \"") + preset.key + '"';
  const auto config = loaded(R"({"use": [)" + names + R"(], "bootstrap": null, "routes": [
      {"zone": ".", "tiers": [["vpc"], ["alpha", "beta", )" +
                             names + "]]}]}");
  EXPECT_EQ(config.upstreams.size(), 3 + presets->children.size());
  for (const UpstreamConfig& upstream : config.upstreams)
    EXPECT_FALSE(upstream.endpoints.empty()) << upstream.name << ": nothing is to be resolved";
}

TEST(Values, UpstreamsWithoutAnyBesidePresets) {
  const auto result = parse_config({{"main.json", R"({
    "listen": ["127.0.0.1:5300"], "safety": {"min_usable": 1, "ejection_interval": "5s"},
    "use": ["google-dot", "quad9-doh"],
    "routes": [{"zone": ".", "tiers": [["google-dot", "quad9-doh"]]}]})"}});
  EXPECT_TRUE(result.ok()) << listing(result.errors);
  EXPECT_TRUE(result.warnings.empty()) << listing(result.warnings);
}

TEST(Values, UpstreamsOverTls) {
  const auto config = loaded(R"({"upstreams": {
    "alpha": {"url": "tls://192.0.2.9?name=Dns.Example.", "ca_file": "/etc/ca.pem",
              "pins": ["sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]},
    "beta": {"url": "tls://[2001:db8::1]:8853"},
    "vpc": {"url": "tls://dns.example", "addresses": ["192.0.2.10"]}
  }})");
  const UpstreamConfig& alpha = config.upstreams[0];
  EXPECT_EQ(alpha.transport, TransportKind::tls);
  EXPECT_EQ(alpha.endpoints, std::vector{endpoint("192.0.2.9:853")});
  EXPECT_EQ(alpha.tls.name, "Dns.Example");
  EXPECT_EQ(alpha.tls.ca_file, "/etc/ca.pem");
  ASSERT_EQ(alpha.tls.pins.size(), 1U);
  EXPECT_EQ(alpha.tls.pins[0].front(), 0xe3) << "SHA-256 of nothing";
  EXPECT_EQ(alpha.tls.pins[0].back(), 0x55);
  EXPECT_EQ(config.upstreams[1].endpoints, std::vector{endpoint("[2001:db8::1]:8853")});
  EXPECT_EQ(config.upstreams[1].tls.name, "2001:db8::1");
  EXPECT_EQ(config.upstreams[2].endpoints, std::vector{endpoint("192.0.2.10:853")});
  EXPECT_EQ(config.upstreams[2].tls.name, "dns.example");
}

TEST(Values, UpstreamsOverHttps) {
  const auto config = loaded(R"({"upstreams": {
    "alpha": {"url": "https://dns.example./resolve{?dns}", "addresses": ["192.0.2.9"]},
    "beta": {"url": "https://[2001:db8::1]:8443"},
    "vpc": {"url": "https://192.0.2.10/", "ca_file": "/etc/ca.pem",
            "proxy": "http://[2001:db8::8]:3128"}
  }})");
  const UpstreamConfig& alpha = config.upstreams[0];
  EXPECT_EQ(alpha.transport, TransportKind::https);
  EXPECT_EQ(alpha.endpoints, std::vector{endpoint("192.0.2.9:443")});
  EXPECT_EQ(alpha.tls.name, "dns.example");
  EXPECT_EQ(alpha.http, (HttpTarget{"dns.example.", "/resolve"}));
  EXPECT_EQ(config.upstreams[1].endpoints, std::vector{endpoint("[2001:db8::1]:8443")});
  EXPECT_EQ(config.upstreams[1].http, (HttpTarget{"[2001:db8::1]:8443", "/dns-query"}));
  EXPECT_EQ(config.upstreams[2].http,
            (HttpTarget{"192.0.2.10", "/", endpoint("[2001:db8::8]:3128")}));
  EXPECT_EQ(config.upstreams[2].tls, (TlsIdentity{"192.0.2.10", "/etc/ca.pem", {}}));
}

TEST(Values, AHostNameNeedsBootstrapOrAddresses) {
  const auto config = loaded(R"({"upstreams": {"alpha": {"url": "udp://dns.example"}}})");
  EXPECT_EQ(config.upstreams[0].host, "dns.example");
  EXPECT_TRUE(config.upstreams[0].endpoints.empty());
}

TEST(Values, UpstreamsKeepTheOrderOfTheFile) {
  const auto result = parse_config({{"f", R"({
    "safety": {"min_usable": 1, "ejection_interval": "5s"},
    "upstreams": {"z": {"url": "udp://192.0.2.1"}, "a": {"url": "udp://192.0.2.2"}},
    "routes": [{"zone": ".", "tiers": [["a", "z"]]}]
  })"}});
  ASSERT_TRUE(result.ok()) << listing(result.errors);
  EXPECT_EQ(result.config.upstreams[0].name, "z");
  EXPECT_EQ(result.config.upstreams[1].name, "a");
}

TEST(Values, Routes) {
  const auto config = loaded(R"({"routes": [
    {"zone": ".", "tiers": [["vpc"], ["alpha", "beta"]]},
    {"zone": "Split.Example.", "tiers": [["vpc"], ["alpha", "beta"]], "policy": "race",
     "visibility": "split-view", "hedge": "route", "min_usable": 2, "stale": "0s",
     "allow_public_answers": true, "trust_unvalidated": true},
    {"zone": "private.example", "tiers": [["vpc"]], "policy": "fastest", "visibility": "private"}
  ]})");
  ASSERT_EQ(config.routes.size(), 3U);
  const RouteConfig& all = config.routes[0];
  EXPECT_EQ(all.label, ".");
  EXPECT_EQ(all.tiers, (std::vector<std::vector<std::string>>{{"vpc"}, {"alpha", "beta"}}));
  EXPECT_EQ(all.policy, Policy::ordered);
  EXPECT_EQ(all.visibility, Visibility::public_view);
  EXPECT_EQ(all.hedge, HedgeReach::tier);
  EXPECT_FALSE(all.min_usable || all.stale);
  const RouteConfig& split = config.routes[1];
  EXPECT_EQ(split.label, "split.example");
  EXPECT_EQ(split.policy, Policy::race);
  EXPECT_EQ(split.visibility, Visibility::split_view);
  EXPECT_EQ(split.hedge, HedgeReach::route);
  EXPECT_EQ(split.min_usable, 2U);
  EXPECT_EQ(split.stale, Duration::zero());
  EXPECT_TRUE(split.allow_public_answers && split.trust_unvalidated);
  EXPECT_EQ(config.routes[2].policy, Policy::fastest);
  EXPECT_EQ(config.routes[2].visibility, Visibility::private_view);
}

TEST(Values, PolicyFieldsByName) {
  const auto config = loaded(R"({
    "safety": {"min_usable": 2, "ejection_interval": "9s"},
    "failover": {"lookup_deadline": "3s", "retry_ratio": 0.5, "race_width": 3, "hedge_burst": 0},
    "health": {"window": 100, "suspect_below": 1, "slow_start": "0s"}
  })");
  EXPECT_EQ(config.policy.min_usable, 2);
  EXPECT_EQ(config.policy.ejection_interval, 9s);
  EXPECT_EQ(config.policy.lookup_deadline, 3s);
  EXPECT_EQ(config.policy.retry_ratio, 0.5);
  EXPECT_EQ(config.policy.race_width, 3);
  EXPECT_EQ(config.policy.hedge_burst, 0);
  EXPECT_EQ(config.policy.window, 100);
  EXPECT_EQ(config.policy.suspect_below, 1);
  EXPECT_EQ(config.policy.slow_start, 0s);
}

}  // namespace
}  // namespace holdfast
