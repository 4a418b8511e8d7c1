// Each mistake, planted by itself into a configuration without one: the audit finds it, where it
// stands, and nothing else.
#include <set>

#include <gtest/gtest.h>

#include "audit/rules.h"
#include "tests/unit/audit/audit_text.h"

namespace holdfast {
namespace {

struct Planted {
  const char* change;  // of sound_config()
  const char* found;   // as listing() prints it
};

// Who fails together.
const std::vector<Planted> kFailing{
    {R"([{"op": "replace", "path": "/routes/0/tiers", "value": [["one"]]},
           {"op": "remove", "path": "/upstreams/two"}])",
     "error single-domain main.json /routes/0\n"},
    {R"([{"op": "replace", "path": "/upstreams/two/provider", "value": "one"},
           {"op": "replace", "path": "/routes/0/tiers", "value": [["one", "two"]]}])",
     "error single-domain main.json /routes/0\n"},
    {R"([{"op": "add", "path": "/upstreams/plus2",
            "value": {"class": "cloud", "provider": "vpc", "url": "udp://10.0.0.2"}},
           {"op": "replace", "path": "/routes/0/tiers/0", "value": ["vpc", "plus2"]}])",
     "warning one-service main.json /upstreams/vpc/url\n"},
    {R"([{"op": "add", "path": "/upstreams/plus2",
            "value": {"class": "cloud", "provider": "vpc", "url": "tcp://198.19.0.2"}},
           {"op": "replace", "path": "/routes/0/tiers/0", "value": ["vpc", "plus2"]}])",
     "warning one-service main.json /upstreams/vpc/url\n"},
    {R"([{"op": "add", "path": "/upstreams/plus2", "value": {"url": "udp://10.0.0.18"}},
           {"op": "add", "path": "/routes/0/trust_unvalidated", "value": true},
           {"op": "replace", "path": "/routes/0/tiers", "value": [["vpc"], ["plus2"],
          ["one", "two"]]}])",
     "warning one-service main.json /upstreams/vpc/url\n"},
    {R"({"upstreams": {"one": {"url": "tls://1.1.1.1"}, "two":
          {"url": "https://1.0.0.1/dns-query"}}})",
     "warning one-service main.json /upstreams/two/url\n"},
    {R"({"upstreams": {"one": {"url": "tls://dns.example"},
                        "two": {"url": "https://DNS.example/dns-query"}}})",
     "warning one-service main.json /upstreams/two/url\n"},
    {R"([{"op": "replace", "path": "/upstreams/one/url",
            "value": "https://192.0.2.1/dns-query"},
           {"op": "add", "path": "/upstreams/one/proxy", "value": "http://10.0.0.9:3128"},
           {"op": "add", "path": "/upstreams/two/proxy", "value": "http://10.0.0.9:3128"}])",
     "warning one-service main.json /upstreams/two/url\n"},
    {R"([{"op": "replace", "path": "/upstreams/ens/endpoints/0/url",
            "value": "https://rpc.example/one"},
           {"op": "replace", "path": "/upstreams/ens/endpoints/1/url",
            "value": "https://rpc.example/two"}])",
     "error quorum-alone main.json /upstreams/ens/endpoints\n"
     "warning one-service main.json /upstreams/ens/endpoints/1\n"},
    {R"([{"op": "replace", "path": "/upstreams/one/url", "value": "tls://1.1.1.1"},
           {"op": "replace", "path": "/upstreams/two/url", "value": "https://1.0.0.1/dns-query"},
           {"op": "replace", "path": "/routes/0/tiers", "value": [["one", "two"]]}])",
     "error single-domain main.json /routes/0\nwarning one-service main.json "
     "/upstreams/two/url\n"},
    {R"({"upstreams": {"one": {"url": "tls://[::ffff:198.51.100.2]"}}})",
     "warning one-service main.json /upstreams/two/url\n"},
    {R"({"upstreams": {"two": {"url": "https://192.0.2.1/dns-query"}}})",
     "warning one-service main.json /upstreams/two/url\n"},
    {R"({"upstreams": {"two": {"url": "https://dns.eu-west-1.amazonaws.com/dns-query",
                                 "addresses": ["198.51.100.2"]}}})",
     "warning same-cloud main.json /upstreams/two/url\n"},
    {R"({"upstreams": {"two": {"url": "https://52.95.110.1/dns-query"}}})",
     "warning same-cloud main.json /upstreams/two/url\n"},
    {R"([{"op": "replace", "path": "/routes/0/tiers", "value": [["vpc"], ["one", "two"]]},
           {"op": "add", "path": "/routes/-", "value": {"zone": "example.com",
          "tiers": [["vpc"], ["ens"]]}},
           {"op": "replace", "path": "/upstreams/ens/endpoints/1",
            "value": {"url": "https://mainnet.infura.io/v3", "provider": "infura",
          "addresses": ["203.0.113.9"]}}])",
     "warning same-cloud main.json /upstreams/ens/endpoints/1\n"},
    {R"([{"op": "replace", "path": "/upstreams/ens/endpoints/0/provider", "value": "aws-rpc"},
           {"op": "replace", "path": "/upstreams/ens/endpoints/1/provider", "value": "ec2"},
           {"op": "replace", "path": "/upstreams/ens/endpoints/2/provider", "value": "amazon"}])",
     "warning same-cloud main.json /upstreams/ens/endpoints/2\n"},
    {R"([{"op": "remove", "path": "/upstreams/ens/endpoints/2"}])",
     "error quorum-alone main.json /upstreams/ens/endpoints\n"},
    {R"({"upstreams": {"ens": {"quorum": 3}}})",
     "error quorum-alone main.json /upstreams/ens/quorum\n"},
    {R"({"upstreams": {"ens": {"mode": "first"}}})",
     "warning believes-one main.json /upstreams/ens/mode\n"},
};

// Ways out and in.
const std::vector<Planted> kWays{
    {R"({"upstreams": {"one": {"url": "udp://192.0.2.1"}, "two": {"url": "tcp://198.51.100.2"}}})",
     "warning one-way-out main.json /routes/0/tiers\n"},
    {R"([{"op": "replace", "path": "/upstreams/two/url", "value": "tls://198.51.100.2"},
           {"op": "replace", "path": "/routes/0/tiers", "value": [["one", "two"]]}])",
     "warning one-way-out main.json /routes/0/tiers\n"},
    {R"({"upstreams": {"vpc": {"interface": "eth0"}, "one": {"interface": "eth0"}, "two":
          {"interface": "eth0"}}})",
     "warning one-interface main.json /routes/0/tiers\n"},
    {R"({"bootstrap": ["169.254.169.253"], "upstreams": {"two":
          {"url": "https://dns.example/dns-query"}}})",
     "error bootstrap-circle main.json /bootstrap/0\n"},
    {R"({"bootstrap": ["192.0.2.1"], "upstreams": {"two":
          {"url": "https://dns.example/dns-query"}}})",
     "error bootstrap-circle main.json /bootstrap/0\n"},
    {R"({"bootstrap": ["9.9.9.9", "149.112.112.112"],
          "upstreams": {"two": {"url": "https://dns.example/dns-query"}}})",
     "warning bootstrap-circle main.json /bootstrap\n"},
    {R"({"bootstrap": ["169.254.169.253", "10.0.0.2"], "upstreams": {"two":
          {"url": "https://dns.example/dns-query"}}})",
     "error bootstrap-circle main.json /bootstrap\n"},
    {R"({"bootstrap": ["169.254.169.253"], "upstreams": {
           "vpc": {"url": "udp://172.31.0.2"},
           "two": {"url": "https://dns.example/dns-query"}}})",
     "error bootstrap-circle main.json /bootstrap/0\n"},
    {R"([{"op": "replace", "path": "/bootstrap", "value": ["169.254.169.253"]},
           {"op": "replace", "path": "/upstreams/ens/endpoints/0/url",
            "value": "https://rpc-a.example"},
           {"op": "replace", "path": "/upstreams/ens/endpoints/1/url",
            "value": "https://rpc-b.example"},
           {"op": "add", "path": "/routes/-",
            "value": {"zone": "example.com", "tiers": [["vpc"], ["ens"]]}}])",
     "error bootstrap-circle main.json /bootstrap/0\n"},
    {R"([{"op": "replace", "path": "/bootstrap", "value": ["9.9.9.9"]},
           {"op": "replace", "path": "/upstreams/ens/endpoints/0/url",
            "value": "https://rpc-a.example"}])",
     ""},
    {R"({"upstreams": {"vpc": {"url": "udp://127.0.0.53"}}})",
     "warning stub-upstream main.json /upstreams/vpc/url\n"},
    {R"({"listen": ["0.0.0.0:53"], "acl": ["127.0.0.0/8", "0.0.0.0/0"]})",
     "error open-listener main.json /acl/1\n"},
    {R"({"listen": ["0.0.0.0:53"], "admit": {"lab": ["10.0.0.0/8", "0.0.0.0/0"]}})",
     "error open-listener main.json /admit/lab/1\n"},
    {R"({"listen": ["10.0.0.5:53"], "acl": ["0.0.0.0/1", "128.0.0.0/1"]})",
     "error open-listener main.json /acl/0\nerror open-listener main.json /acl/1\n"},
    {R"({"listen": ["198.51.100.7:53"], "acl": ["10.0.0.0/8"]})",
     "warning open-listener main.json /listen/0\n"},
    {R"({"listen": ["[::]:53"], "acl": ["10.0.0.0/8"]})",
     "note open-listener main.json /listen/0\n"},
};

// What answers mean.
const std::vector<Planted> kViews{
    {R"({"upstreams": {"two": {"validates": false}}})",
     "warning mixed-validators main.json /routes/0/tiers\n"},
    {R"([{"op": "add", "path": "/upstreams/two/filters", "value": true},
           {"op": "replace", "path": "/routes/0/tiers", "value": [["one", "two"], ["vpc"]]}])",
     "warning mixed-filters main.json /routes/0/tiers\n"},
    {R"({"upstreams": {"vpc": {"validates": true}}})", ""},
    {R"([{"op": "add", "path": "/upstreams/vpc/validates", "value": true},
           {"op": "replace", "path": "/upstreams/one/validates", "value": false},
           {"op": "replace", "path": "/upstreams/two/validates", "value": false}])",
     "warning mixed-validators main.json /routes/0/tiers\n"},
    {R"({"upstreams": {"vpc": {"filters": true}}})",
     "warning mixed-filters main.json /routes/0/tiers\n"},
    {R"({"upstreams": {"two": {"filters": true}}})",
     "warning mixed-filters main.json /routes/0/tiers\n"},
    {R"([{"op": "replace", "path": "/routes/0/tiers", "value": [["vpc", "one"], ["two"]]}])",
     "warning mixed-views main.json /routes/0/tiers/0\n"},
    {R"([{"op": "replace", "path": "/routes/1/tiers", "value": [["vpc"], ["one"]]}])",
     "warning private-leak main.json /routes/1/tiers\n"},
    {R"([{"op": "add", "path": "/routes/-", "value": {"zone": "printers.lan",
          "tiers": [["one", "two"]]}}])",
     "warning private-leak main.json /routes/3/zone\n"},
    {R"([{"op": "replace", "path": "/routes/0/zone", "value": "org"}])",
     "warning no-default-route main.json /routes\n"},
    {R"({"upstreams": {"three": {"url": "tls://203.0.113.77", "validates": true}}})",
     "warning unused-upstream main.json /upstreams/three\n"},
};

// What is remembered.
const std::vector<Planted> kMemory{
    {R"([{"op": "add", "path": "/routes/1/stale", "value": "0s"}])",
     "error private-no-stale main.json /routes/1/stale\n"},
    {R"({"stale": {"private": "0s"}})", "error private-no-stale main.json /stale/private\n"},
    {R"({"stale": {"public": "0s"}})", "warning short-stale main.json /stale/public\n"},
    {R"({"stale": {"private": "30min"}})", "warning short-stale main.json /stale/private\n"},
    {R"([{"op": "add", "path": "/routes/0/stale", "value": "1h"}])",
     "warning short-stale main.json /routes/0/stale\n"},
    {R"({"store": null})", "warning no-store main.json \n"},
    {R"({"store": {"path": "/run/holdfast"}})", "warning store-lost main.json /store/path\n"},
    {R"({"store": {"max_bytes": "8MiB"}})", "warning small-memory main.json /store/max_bytes\n"},
    {R"({"cache": {"max_bytes": "1MiB"}})", "warning small-memory main.json /cache/max_bytes\n"},
};

// Floors, budgets, times.
const std::vector<Planted> kLimits{
    {R"([{"op": "add", "path": "/routes/0/min_usable", "value": 3}])",
     "warning floor-defeats main.json /routes/0/min_usable\n"},
    {R"({"safety": {"min_usable": 3}})",
     "error floor-defeats main.json /routes/1\nerror floor-defeats main.json /routes/2\n"
     "warning floor-defeats main.json /safety/min_usable\n"},
    {R"([{"op": "replace", "path": "/safety/min_usable", "value": 2},
           {"op": "remove", "path": "/routes/1"},
           {"op": "add", "path": "/upstreams/three",
            "value": {"url": "tls://203.0.113.77", "validates": true}},
           {"op": "replace", "path": "/routes/0/tiers/1", "value": ["one", "two", "three"]},
           {"op": "replace", "path": "/routes/1/tiers", "value": [["one", "two", "three"]]},
           {"op": "remove", "path": "/upstreams/ens"}])",
     "error floor-defeats main.json /safety/min_usable\n"},
    {R"({"safety": {"ejection_interval": "100ms"}})",
     "warning ejection-defeats main.json /safety/ejection_interval\n"},
    {R"({"safety": {"ejection_interval": "1h"}})",
     "warning ejection-defeats main.json /safety/ejection_interval\n"},
    {R"({"upstreams": {"vpc": {"max_pps": 2000}}})",
     "warning packet-budget main.json /upstreams/vpc/max_pps\n"},
    {R"({"upstreams": {"vpc": {"url": "udp://10.0.0.2", "max_pps": 5000}}})",
     "warning packet-budget main.json /upstreams/vpc/max_pps\n"},
    {R"({"upstreams": {"one": {"max_pps": 5}}})",
     "warning packet-budget main.json /upstreams/one/max_pps\n"},
    {R"({"failover": {"retry_ratio": 0, "retry_burst": 0}})",
     "warning retry-budget main.json /failover/retry_burst\n"},
    {R"({"failover": {"retry_ratio": 1}})",
     "warning retry-budget main.json /failover/retry_ratio\n"},
    {R"({"failover": {"hedge_ratio": 1}})",
     "warning retry-budget main.json /failover/hedge_ratio\n"},
    {R"({"failover": {"exchange_timeout": "3s"}})",
     "warning ladder-short main.json /failover/exchange_timeout\n"},
    {R"({"failover": {"hedge_max": "1.5s"}})",
     "warning ladder-short main.json /failover/hedge_max\n"},
    {R"({"health": {"probe_interval": "1h"}})",
     "warning slow-probes main.json /health/probe_interval\n"},
    {R"({"health": {"probe_down_max": "1h"}})",
     "warning slow-probes main.json /health/probe_down_max\n"},
    {R"({"upstreams": {"two": {"probe": {"interval": "20min"}}}})",
     "warning slow-probes main.json /upstreams/two/probe/interval\n"},
    {R"({"health": {"suspect_below": 0.3, "down_below": 0.2}})",
     "warning deaf-health main.json /health/suspect_below\n"},
    {R"({"health": {"silent_down": "50s"}})",
     "warning deaf-health main.json /health/silent_down\n"},
    {R"({"health": {"window": 1000, "min_samples": 1000}})",
     "warning deaf-health main.json /health/min_samples\n"},
    {R"({"health": {"overdue_floor": "4s"}})",
     "warning deaf-health main.json /health/overdue_floor\n"},
    {R"({"health": {"slow_start": "1h"}})", "warning deaf-health main.json /health/slow_start\n"},
    {R"({"limits": {"lookups": 16}})", "warning limits-shed main.json /limits/lookups\n"},
    {R"({"limits": {"waiters": 16}})", "warning limits-shed main.json /limits/waiters\n"},
    {R"({"limits": {"waiters_per_lookup": 1}})",
     "warning limits-shed main.json /limits/waiters_per_lookup\n"},
    {R"({"http": "off"})", "note nobody-sees main.json /http\n"},
};

std::vector<Planted> planted() {
  std::vector<Planted> all;
  for (const auto* family : {&kFailing, &kWays, &kViews, &kMemory, &kLimits})
    all.insert(all.end(), family->begin(), family->end());
  return all;
}

TEST(PlantedMistakes, TheConfigurationHasNoneByItself) {
  const auto loaded = test::load_changed("{}");
  ASSERT_TRUE(loaded.ok()) << test::mistakes(loaded);
  EXPECT_EQ(test::listing(test::audited(loaded)), "");
}

TEST(PlantedMistakes, EachIsFoundAndNothingElse) {
  for (const Planted& mistake : planted()) {
    const auto loaded = test::load_changed(mistake.change);
    ASSERT_TRUE(loaded.ok()) << mistake.change << test::mistakes(loaded);
    EXPECT_EQ(test::listing(test::audited(loaded)), mistake.found) << mistake.change;
  }
}

TEST(PlantedMistakes, ThereIsOneForEachRule) {
  std::string all;
  for (const Planted& mistake : planted())
    all += mistake.found;
  for (const audit::Rule& rule : audit::rules())
    EXPECT_NE(all.find(" " + std::string(rule.id) + " "), std::string::npos) << rule.id;
}

TEST(Audit, FindingsSayWhyAndWhatToDo) {
  for (const Planted& mistake : planted()) {
    for (const auto& finding : test::audited(test::load_changed(mistake.change))) {
      EXPECT_FALSE(finding.reason.empty());
      EXPECT_FALSE(finding.remedy.empty());
      EXPECT_NE(audit::title_of(finding.rule), "");
    }
  }
}

TEST(Audit, PointsIntoTheFileThatHasIt) {
  const auto loaded = parse_config({{"main.json", test::sound_config().dump()},
                                    {"conf.d/10.json", R"({"stale": {"public": "0s"}, "routes": [
          {"zone": "a.example", "tiers": [["one"], ["two"]]},
          {"zone": "b.example", "tiers": [["one"]]}]})"}});
  ASSERT_TRUE(loaded.ok()) << test::mistakes(loaded);
  EXPECT_EQ(test::listing(test::audited(loaded)),
            "error single-domain conf.d/10.json /routes/1\n"
            "warning short-stale conf.d/10.json /stale/public\n");
}

TEST(Audit, APresetIsTheItemThatUsesIt) {
  const auto loaded = test::load_changed(
      R"({"use": ["aws-vpc", "quad9-dot"], "upstreams": {"vpc": {"url": "udp://10.0.0.2",
          "provider": "vpc"}},
          "routes": [{"zone": ".", "tiers": [["vpc", "aws-vpc"], ["one", "two"]]},
                     {"zone": "eth", "tiers": [["ens"]]}]})");
  ASSERT_TRUE(loaded.ok()) << test::mistakes(loaded);
  EXPECT_EQ(test::listing(test::audited(loaded)),
            "warning one-service main.json /use/0\nwarning unused-upstream main.json /use/1\n");
}

TEST(Audit, WarningsOfTheCheckAreFindings) {
  const auto loaded =
      test::load_changed(R"({"query_log": {"enabled": true}, "log": {"level": "error"}})");
  ASSERT_TRUE(loaded.ok()) << test::mistakes(loaded);
  EXPECT_EQ(test::listing(test::audited(loaded)), "warning config-warning main.json /query_log\n");
}

TEST(Audit, TheVerdictIsTheWorst) {
  using audit::Severity;
  audit::Findings findings;
  EXPECT_EQ(audit::verdict(findings.list), 0);
  findings.add(Severity::note, Node{}, "", "");
  EXPECT_EQ(audit::verdict(findings.list), 0);
  findings.add(Severity::warning, Node{}, "", "");
  EXPECT_EQ(audit::verdict(findings.list), 1);
  findings.add(Severity::error, Node{}, "", "");
  EXPECT_EQ(audit::verdict(findings.list), 2);
}

}  // namespace
}  // namespace holdfast
