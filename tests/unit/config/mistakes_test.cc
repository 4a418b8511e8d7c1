// One row per mistake: a change to a valid configuration, the place it is reported at, and what is
// said.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_text.h"

namespace holdfast {
namespace {

using test::has;
using test::listing;
using test::load_patched;

struct Mistake {
  std::string patch;
  std::string pointer;
  std::string fragment;
};

void expect_errors(const std::vector<Mistake>& mistakes) {
  for (const auto& mistake : mistakes) {
    const auto loaded = load_patched(mistake.patch);
    EXPECT_TRUE(has(loaded.errors, mistake.pointer, mistake.fragment))
        << "patch " << mistake.patch << "\nwanted " << mistake.pointer << ": " << mistake.fragment
        << "\ngot\n"
        << listing(loaded.errors);
    EXPECT_EQ(loaded.errors.size(), 1U) << mistake.patch << '\n' << listing(loaded.errors);
  }
}

void expect_warnings(const std::vector<Mistake>& mistakes) {
  for (const auto& mistake : mistakes) {
    const auto loaded = load_patched(mistake.patch);
    EXPECT_TRUE(loaded.ok()) << mistake.patch << '\n' << listing(loaded.errors);
    EXPECT_TRUE(has(loaded.warnings, mistake.pointer, mistake.fragment))
        << "patch " << mistake.patch << "\nwanted " << mistake.pointer << ": " << mistake.fragment
        << "\ngot\n"
        << listing(loaded.warnings);
  }
}

TEST(Mistakes, TheBaseHasNone) {
  const auto loaded = load_patched("{}");
  EXPECT_TRUE(loaded.ok()) << listing(loaded.errors);
  EXPECT_TRUE(loaded.warnings.empty()) << listing(loaded.warnings);
}

TEST(Mistakes, RequiredKeys) {
  expect_errors({
      {R"({"safety": null})", "/safety", "missing"},
      {R"({"safety": {"min_usable": null}})", "/safety/min_usable", "no silent default"},
      {R"({"safety": {"ejection_interval": null}})", "/safety/ejection_interval", "missing"},
      {R"({"routes": null})", "/routes", "missing"},
      {R"({"routes": []})", "/routes", "found an empty array; expected at least one route"},
      {R"({"routes": [{"tiers": [["vpc", "alpha", "beta"]]}]})", "/routes/0/zone", "missing"},
      {R"({"routes": [{"zone": "."}]})", "/routes/0/tiers", "missing"},
      {R"({"upstreams": {"vpc": {"url": null}}})", "/upstreams/vpc/url", "missing"},
  });
  const auto none = load_patched(R"({"upstreams": null, "routes": null})");
  EXPECT_TRUE(has(none.errors, "/upstreams", "missing")) << listing(none.errors);
  EXPECT_TRUE(has(none.errors, "/routes", "missing"));
}

TEST(Mistakes, UnknownKeysNameTheNearest) {
  expect_errors({
      {R"({"listn": []})", "/listn", "did you mean \"listen\"?"},
      {R"({"Workers": 1})", "/Workers", "did you mean \"workers\"?"},
      {R"({"upstrems": {}})", "/upstrems", "did you mean \"upstreams\"?"},
      {R"({"zzz": 1})", "/zzz", "known here: $schema, listen"},
      {R"({"safety": {"min_useable": 1}})", "/safety/min_useable", "\"min_usable\""},
      {R"({"cache": {"max_byte": "64MiB"}})", "/cache/max_byte", "\"max_bytes\""},
      {R"({"failover": {"lookup_dedline": "4s"}})", "/failover/lookup_dedline",
       "\"lookup_deadline\""},
      {R"({"health": {"lookup_deadline": "4s"}})", "/health/lookup_deadline",
       "belongs into \"failover\""},
      {R"({"failover": {"min_usable": 2}})", "/failover/min_usable", "belongs into \"safety\""},
      {R"({"upstreams": {"vpc": {"max_ps": 1}}})", "/upstreams/vpc/max_ps", "\"max_pps\""},
      {R"({"upstreams": {"vpc": {"probe": {"nam": "."}}}})", "/upstreams/vpc/probe/nam",
       "\"name\""},
      {R"({"log": {"lvl": "info"}})", "/log/lvl", "\"level\""},
      {R"({"limits": {"look-ups": 100}})", "/limits/look-ups", "\"lookups\""},
      {R"({"a/b~c\n": 1})", "/a~1b~0c\\x0a", "unknown key"},
  });
}

TEST(Mistakes, TypesOfValues) {
  expect_errors({
      {R"({"listen": "127.0.0.1"})", "/listen", "found \"127.0.0.1\"; expected an array"},
      {R"({"listen": [53]})", "/listen/0", "found 53; expected an address"},
      {R"({"workers": "2"})", "/workers", "found \"2\"; expected a whole number from 0 to 1024"},
      {R"({"workers": 1.5})", "/workers", "found 1.5"},
      {R"({"workers": true})", "/workers", "found true"},
      {R"({"link_routes": "yes"})", "/link_routes", "expected true or false"},
      {R"({"acl": {}})", "/acl", "found an empty object"},
      {R"({"admit": ["10.0.0.0/8"]})", "/admit", "expected an object"},
      {R"({"admit": {"lab": "10.0.0.0/8"}})", "/admit/lab", "an address block"},
      {R"({"hosts": {"a.example": "192.0.2.1"}})", "/hosts/a.example", "expected an array"},
      {R"({"cache": {"max_bytes": 1048576}})", "/cache/max_bytes", "a size with its unit"},
      {R"({"stale": "3d"})", "/stale", "expected an object"},
      {R"({"ttl": {"min": 5}})", "/ttl/min", "a time with its unit"},
      {R"({"http": false})", "/http", "or \"off\""},
      {R"({"control": 1})", "/control", "absolute path"},
      {R"({"query_log": {"enabled": "yes"}})", "/query_log/enabled", "true or false"},
      {R"({"upstreams": {"vpc": {"url": 7}}})", "/upstreams/vpc/url", "a url such as"},
      {R"({"upstreams": {"vpc": {"validates": 1}}})", "/upstreams/vpc/validates", "true or false"},
      {R"({"upstreams": {"vpc": {"provider": "a b"}}})", "/upstreams/vpc/provider", "provider"},
      {R"({"failover": {"retry_ratio": "20%"}})", "/failover/retry_ratio", "a number from 0 to 1"},
      {R"({"health": {"rise": 2.5}})", "/health/rise", "a whole number from 1 to 100"},
      {R"({"$schema": 1})", "/$schema", "JSON Schema"},
  });
}

TEST(Mistakes, RangesOfValues) {
  expect_errors({
      {R"({"workers": 1025})", "/workers", "found 1025"},
      {R"({"workers": -1})", "/workers", "found -1"},
      {R"({"safety": {"min_usable": 0}})", "/safety/min_usable", "from 1 to 256"},
      {R"({"safety": {"ejection_interval": "0s"}})", "/safety/ejection_interval", "found \"0s\""},
      {R"({"cache": {"max_bytes": "1023KiB"}})", "/cache/max_bytes", "a size from 1MiB to"},
      {R"({"cache": {"max_bytes": "9000000GiB"}})", "/cache/max_bytes", "a size from 1MiB to"},
      {R"({"cache": {"max_bytes": "64 MB"}})", "/cache/max_bytes", "such as \"64MiB\""},
      {R"({"failover": {"lookup_deadline": "5s"}})", "/failover/lookup_deadline",
       "a time from 100ms to 4.9s"},
      {R"({"failover": {"failure_ttl": "6min"}})", "/failover/failure_ttl", "from 1s to 5min"},
      {R"({"failover": {"hedge_ratio": 1.01}})", "/failover/hedge_ratio", "from 0 to 1"},
      {R"({"failover": {"race_width": 1}})", "/failover/race_width", "from 2 to 8"},
      {R"({"health": {"window": 1001}})", "/health/window", "from 10 to 1000"},
      {R"({"health": {"suspect_below": -0.1}})", "/health/suspect_below", "from 0 to 1"},
      {R"({"health": {"probe_interval": "0s"}})", "/health/probe_interval", "from 1s"},
      {R"({"limits": {"lookups": 0}})", "/limits/lookups", "from 16"},
      {R"({"limits": {"tcp_unsent_bytes": "64KiB"}})", "/limits/tcp_unsent_bytes", "a size from"},
      {R"({"limits": {"tcp_idle": "0s"}})", "/limits/tcp_idle", "from 100ms"},
      {R"({"query_log": {"max_per_second": 0}})", "/query_log/max_per_second", "from 1"},
      {R"({"stale": {"private": "91d"}})", "/stale/private", "from 0s to 90d"},
      {R"({"ttl": {"negative_max": "25h"}})", "/ttl/negative_max", "from 1s to 1d"},
      {R"({"upstreams": {"vpc": {"max_pps": -1}}})", "/upstreams/vpc/max_pps", "found -1"},
      {R"({"upstreams": {"vpc": {"probe": {"interval": "1ms"}}}})", "/upstreams/vpc/probe/interval",
       "from 100ms"},
  });
}

TEST(Mistakes, AddressesAndNames) {
  expect_errors({
      {R"({"listen": []})", "/listen", "at least one address"},
      {R"({"listen": ["127.0.0.1:65536"]})", "/listen/0", "found \"127.0.0.1:65536\""},
      {R"({"listen": ["localhost:53"]})", "/listen/0", "expected an address"},
      {R"({"listen": ["224.0.0.1:53"]})", "/listen/0", "an address of this host"},
      {R"({"listen": ["127.0.0.1:53", "127.0.0.1"]})", "/listen/1", "twice"},
      {R"({"acl": ["10.0.0.1/8"]})", "/acl/0", "no bits set behind the prefix"},
      {R"({"acl": ["all"]})", "/acl/0", "an address block"},
      {R"({"admit": {"lab": ["10.0.0.0/8", "10.0.0.1/8"]}})", "/admit/lab/1", "behind the prefix"},
      {R"({"bootstrap": ["dns.example"]})", "/bootstrap/0", "an address"},
      {R"({"bootstrap": ["0.0.0.0"]})", "/bootstrap/0", "the address of one server"},
      {R"({"hosts": {"a..b": ["192.0.2.1"]}})", "/hosts/a..b", "a domain name"},
      {R"({"hosts": {"a.example": ["192.0.2.300"]}})", "/hosts/a.example/0", "an IP address"},
      {R"({"hosts": {"a.example": []}})", "/hosts/a.example", "at least one address"},
      {R"({"hosts": {"a.example": ["192.0.2.1"], "A.example.": ["192.0.2.2"]}})",
       "/hosts/a.example", "given before"},
      {R"({"http": "0.0.0.0:9953"})", "/http", "a loopback address"},
      {R"({"http": "192.0.2.9:9953"})", "/http", "a loopback address"},
      {R"({"http": "127.0.0.1:5300"})", "/http", "expected another port"},
      {R"({"http": "on"})", "/http", "or \"off\""},
      {R"({"control": "run/control.sock"})", "/control", "an absolute path"},
      {R"({"log": {"level": "warn"}})", "/log/level", "did you mean \"warning\"?"},
  });
}

TEST(Mistakes, AutomaticUpstreams) {
  const std::string cloud = R"({"class": "cloud", "url": "auto"})";
  const auto with = [&](const std::string& more) {
    return R"({"upstreams": {"vpc": )" + cloud + ", " + more + "}}";
  };
  expect_errors({
      {with(R"("lan": )" + cloud), "/upstreams/vpc/url", "which upstream \"lan\" has, too"},
      {with(R"("vpc-1": {"url": "udp://192.0.2.1"})"), "/upstreams/vpc-1",
       "a name that an upstream of \"vpc\" gets"},
      {R"({"upstreams": {"vpc": {"class": "cloud", "url": "auto", "addresses": ["192.0.2.1"]}}})",
       "/upstreams/vpc/addresses", "\"auto\" finds them"},
      {R"({"upstreams": {"vpc": {"class": "cloud", "url": "auto", "trust_ad": true}}})",
       "/upstreams/vpc/trust_ad", "expected only with tls://"},
      {R"({"upstreams": {")" + std::string(62, 'v') + "\": " + cloud + "}}",
       "/upstreams/" + std::string(62, 'v') + "/url", "at most 61 characters"},
  });
}

TEST(Mistakes, UrlsOfUpstreams) {
  const auto url = [](const std::string& text, const std::string& fragment) {
    return Mistake{R"({"upstreams": {"alpha": {"url": ")" + text + R"("}}})",
                   "/upstreams/alpha/url", fragment};
  };
  expect_errors({
      url("192.0.2.1", "the scheme is missing; expected \"udp://192.0.2.1\""),
      url("dns.example", "expected \"udp://dns.example\""),
      url("", "the scheme is missing"),
      url("auto", "expected only with \"class\": \"cloud\""),
      url("auto://", "unknown scheme"),
      url("upd://192.0.2.1", "did you mean \"udp\"?"),
      url("UDP://192.0.2.1", "unknown scheme"),
      url("udp://", "expected an IP address or a host name"),
      url("udp://192.0.2.1/x", "nothing but an address and a port"),
      url("udp://me@192.0.2.1", "nothing but an address and a port"),
      url("udp://192.0.2.1:0", "a port from 1 to 65535"),
      url("udp://192.0.2.1:65536", "a port from 1 to 65535"),
      url("udp://192.0.2.1:", "a port from 1 to 65535"),
      url("udp://192.0.2.300", "expected an IP address or a host name"),
      url("udp://2001:db8::1", "stands in brackets"),
      url("udp://[2001:db8::1", "without \"]\""),
      url("udp://[192.0.2.1]", "only IPv6 addresses stand in brackets"),
      url("udp://[dns.example]", "an IPv6 address in the brackets"),
      url("udp://[2001:db8::1]x", "a port from 1 to 65535"),
      url("udp://a_b..example", "expected an IP address or a host name"),
      url("udp://0.0.0.0", "the address of one server"),
      url("udp://239.1.1.1", "the address of one server"),
      url("udp://192.0.2.1?name=a.example", "nothing but an address and a port"),
      url("tls://192.0.2.1/x", "nothing but an address and a port"),
      url("tls://192.0.2.1?nam=a.example", "nothing after the \"?\" but name="),
      url("tls://192.0.2.1?name=", "the host name in the server's certificate"),
      url("tls://192.0.2.1?name=a_b..c", "the host name in the server's certificate"),
      url("tls://?name=a.example", "expected an IP address or a host name"),
      url("https://192.0.2.1?name=a.example", "nothing but an address and a port"),
      url("https://192.0.2.1/a?b", "nothing but a path after the host"),
      url("https://192.0.2.1/a b", "nothing but a path after the host"),
      url("https://192.0.2.1/" + std::string(512, 'a'), "nothing but a path after the host"),
      url("https:///dns-query", "expected an IP address or a host name"),
      url("https://me@192.0.2.1/", "nothing but an address and a port"),
      url("htps://192.0.2.1", "did you mean \"https\"?"),
      url("tsl://192.0.2.1", "did you mean \"tls\"?"),
      url("udp://127.0.0.1:5300", "it would ask itself"),
      url("udp://[::ffff:127.0.0.1]:5300", "it would ask itself"),
  });
}

TEST(Mistakes, OtherKeysOfUpstreams) {
  expect_errors({
      {R"({"upstreams": {"alpha": {"class": "clod"}}})", "/upstreams/alpha/class",
       "did you mean \"cloud\"?"},
      {R"({"upstreams": {"alpha": {"source": "eth0"}}})", "/upstreams/alpha/source",
       "an IP address"},
      {R"({"upstreams": {"alpha": {"source": "2001:db8::1"}}})", "/upstreams/alpha/source",
       "the same family"},
      {R"({"upstreams": {"alpha": {"interface": "a-very-long-name"}}})",
       "/upstreams/alpha/interface", "the name of a network interface"},
      {R"({"upstreams": {"alpha": {"probe": {"type": "ANY"}}}})", "/upstreams/alpha/probe/type",
       "a record type"},
      {R"({"upstreams": {"alpha": {"probe": {"name": ""}}}})", "/upstreams/alpha/probe/name",
       "a domain name"},
      {R"({"upstreams": {"alpha": {"addresses": ["192.0.2.9"]}}})", "/upstreams/alpha/addresses",
       "the url is an address already"},
      {R"({"upstreams": {"alpha": {"url": "udp://a.example", "addresses": []}}})",
       "/upstreams/alpha/addresses", "at least one address"},
      {R"({"upstreams": {"alpha": {"url": "udp://a.example", "addresses": ["x"]}}})",
       "/upstreams/alpha/addresses/0", "an IP address"},
      {R"({"upstreams": {"alpha": {"url": "udp://a.example",
                                   "addresses": ["192.0.2.9", "127.0.0.1:5300"]}}})",
       "/upstreams/alpha/addresses/1", "it would ask itself"},
      {R"({"upstreams": {"alpha": {"url": "udp://a.example"}}, "bootstrap": []})",
       "/upstreams/alpha/url", "\"bootstrap\" servers"},
      {R"({"upstreams": {"vpc": {"max_pps": 5}, "beta": {"provider": "aws", "max_pps": 6}}})",
       "/upstreams/vpc/max_pps", "one budget for provider \"aws\""},
      {R"({"upstreams": {"vpc": {"max_pps": 5}, "beta": {"provider": "aws", "max_pps": 0}}})",
       "/upstreams/vpc/max_pps", "one budget for provider \"aws\""},
  });
}

TEST(Mistakes, WildcardListenersLoopToo) {
  expect_errors({
      {R"({"listen": ["0.0.0.0:5300"], "acl": ["127.0.0.0/8", "192.0.2.0/24"],
           "upstreams": {"alpha": {"url": "udp://127.0.0.7:5300"}}})",
       "/upstreams/alpha/url", "it would ask itself"},
  });
  const auto other_port =
      load_patched(R"({"upstreams": {"alpha": {"url": "udp://127.0.0.1:53"}}})");
  EXPECT_TRUE(other_port.ok()) << listing(other_port.errors);
}

TEST(Mistakes, Routes) {
  const auto route = [](const std::string& text) {
    return R"({"routes": [{"zone": ".", "tiers": [["vpc"], ["alpha", "beta"]]}, )" + text + "]}";
  };
  expect_errors({
      {route(R"({"zone": "a..b", "tiers": [["vpc", "alpha"]]})"), "/routes/1/zone",
       "a domain name"},
      {route(R"({"zone": "", "tiers": [["vpc", "alpha"]]})"), "/routes/1/zone", "a domain name"},
      {route(R"({"zone": "a", "tiers": []})"), "/routes/1/tiers", "at least one tier"},
      {route(R"({"zone": "a", "tiers": ["vpc"]})"), "/routes/1/tiers/0", "an array"},
      {route(R"({"zone": "a", "tiers": [["vpc"], []]})"), "/routes/1/tiers/1", "at least one"},
      {route(R"({"zone": "a", "tiers": [["vpc"], [7]]})"), "/routes/1/tiers/1/0", "found 7"},
      {route(R"({"zone": "a", "tiers": [["vcp"]]})"), "/routes/1/tiers/0/0",
       "which is no upstream; did you mean \"vpc\"?"},
      {route(R"({"zone": "a", "tiers": [["vpc"], ["alpha", "vpc"]]})"), "/routes/1/tiers/1/1",
       "twice"},
      {route(R"({"zone": ".", "tiers": [["vpc", "alpha"]]})"), "/routes/1/zone",
       "one route per zone"},
      {route(R"({"zone": "a", "tiers": [["vpc", "alpha"]], "policy": "random"})"),
       "/routes/1/policy", "\"ordered\", \"fastest\", \"race\""},
      {route(R"({"zone": "a", "tiers": [["vpc", "alpha"]], "visibility": "split view"})"),
       "/routes/1/visibility", "did you mean \"split-view\"?"},
      {route(R"({"zone": "a", "tiers": [["vpc", "alpha"]], "hedge": "none"})"), "/routes/1/hedge",
       "\"tier\", \"route\""},
      {route(R"({"zone": "a", "tiers": [["vpc", "alpha"]], "min_usable": 3})"),
       "/routes/1/min_usable", "at most 2"},
      {route(R"({"zone": "a", "tiers": [["vpc", "alpha"]], "stale": "-1s"})"), "/routes/1/stale",
       "a time"},
      {route(R"({"zone": "a", "tiers": [["vpc", "alpha"]], "allow_public_answers": true})"),
       "/routes/1/allow_public_answers", "split-view"},
      {route(R"({"zone": "a", "tiers": [["alpha", "beta"]], "visibility": "split-view"})"),
       "/routes/1/visibility", "class \"cloud\""},
      {route("7"), "/routes/1", "an object"},
  });
}

TEST(Mistakes, ARouteMayOnlyRaiseTheFloor) {
  const std::string routes =
      R"("routes": [{"zone": ".", "tiers": [["vpc"], ["alpha", "beta"]], "min_usable": )";
  expect_errors({{R"({"safety": {"min_usable": 2}, )" + routes + "1}]}", "/routes/0/min_usable",
                  "a route may only raise it"}});
  EXPECT_TRUE(load_patched(R"({"safety": {"min_usable": 2}, )" + routes + "3}]}").ok());
}

TEST(Mistakes, ValuesAgainstEachOther) {
  expect_errors({
      {R"({"failover": {"stale_after": "4s"}})", "/failover/stale_after",
       "less than failover.lookup_deadline (4s, the default)"},
      {R"({"failover": {"exchange_timeout": "4s"}})", "/failover/exchange_timeout", "less than"},
      {R"({"failover": {"lookup_deadline": "1.5s"}})", "/failover/lookup_deadline",
       "more than failover.stale_after (1.8s, the default)"},
      {R"({"failover": {"exchange_timeout": "300ms"}})", "/failover/exchange_timeout",
       "more than or equal to failover.exchange_timeout_fast"},
      {R"({"failover": {"hedge_min": "300ms"}})", "/failover/hedge_min", "hedge_max"},
      {R"({"failover": {"failure_backoff": "31s"}})", "/failover/failure_backoff",
       "failure_backoff_max"},
      {R"({"health": {"min_samples": 51}})", "/health/min_samples", "health.window (50"},
      {R"({"health": {"window": 20, "min_samples": 21}})", "/health/min_samples",
       "health.window (20)"},
      {R"({"health": {"down_below": 0.95}})", "/health/down_below", "health.suspect_below"},
      {R"({"health": {"probe_down_max": "500ms"}})", "/health/probe_down_max", "probe_down_first"},
      {R"({"ttl": {"min": "1min", "max": "30s"}})", "/ttl/min", "ttl.max (30s)"},
      {R"({"ttl": {"min": "1min", "negative_max": "30s"}})", "/ttl/min", "ttl.negative_max (30s)"},
  });
}

TEST(Mistakes, LastGoodOfRoutes) {
  const auto route = [](const std::string& lkg) {
    return R"({"routes": [{"zone": ".", "tiers": [["vpc"], ["alpha", "beta"]], "lkg": )" + lkg +
           "}]}";
  };
  expect_errors({
      {route(R"("of")"), "/routes/0/lkg", "\"off\""},
      {route("true"), "/routes/0/lkg", "object"},
      {route(R"({"on_agreement": "hole"})"), "/routes/0/lkg/on_agreement", "\"hold\""},
      {route(R"({"hold": 60})"), "/routes/0/lkg/hold", "a time with its unit"},
      {route(R"({"hold": "8d"})"), "/routes/0/lkg/hold", "7d"},
      {route(R"({"holds": "1h"})"), "/routes/0/lkg/holds", "\"hold\""},
  });
  const auto off = load_patched(route(R"("off")"));
  ASSERT_TRUE(off.ok()) << listing(off.errors);
  EXPECT_FALSE(off.config.routes[0].last_good.guards);
  const auto held = load_patched(route(R"({"on_agreement": "hold", "hold": "2h"})"));
  ASSERT_TRUE(held.ok()) << listing(held.errors);
  EXPECT_TRUE(held.config.routes[0].last_good.guards);
  EXPECT_TRUE(held.config.routes[0].last_good.despite_agreement);
  EXPECT_EQ(held.config.routes[0].last_good.hold, 2h);
}

TEST(Mistakes, OfTheStore) {
  const std::string a_folder = "expected an absolute path of a folder";
  expect_errors({
      {R"({"store": {}})", "/store/path", "missing"},
      {R"({"store": "/var/lib/holdfast"})", "/store", "expected an object"},
      {R"({"store": {"path": "holdfast"}})", "/store/path", a_folder},
      {R"({"store": {"path": 7}})", "/store/path", a_folder},
      {R"({"store": {"path": "/a", "max_bytes": "1MiB"}})", "/store/max_bytes", "8MiB"},
      {R"({"store": {"path": "/a", "size": "1GiB"}})", "/store/size", "unknown key"},
      {R"({"health": {"saved_state_max_age": "25h"}})", "/health/saved_state_max_age", "1d"},
  });
}

TEST(Mistakes, Tls) {
  const auto tls = [](const std::string& keys, const std::string& at, const std::string& fragment) {
    return Mistake{R"({"upstreams": {"alpha": {"url": "tls://192.0.2.2", )" + keys + "}}}",
                   "/upstreams/alpha/" + at, fragment};
  };
  const std::string pin = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  expect_errors({
      tls(R"("ca_file": "ca.pem")", "ca_file", "the absolute path"),
      tls(R"("ca_file": 1)", "ca_file", "the absolute path"),
      tls(R"("pins": "x")", "pins", "sha256/"),
      tls(R"("pins": [])", "pins", "1 to 16 pins"),
      tls(R"("pins": [7])", "pins/0", "a pin such as"),
      tls(R"("pins": ["sha1/AAAA"])", "pins/0", "a pin such as"),
      tls(R"("pins": ["sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF=="])", "pins/0", "a pin"),
      tls(R"("pins": ["sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV="])", "pins/0", "a pin"),
      tls(R"("pins": ["sha256/47DEQpj8HBSa-/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="])", "pins/0", "a pin"),
      tls(R"("pins": [")" + pin + R"(", ")" + pin + R"("])", "pins/1", "twice"),
      {R"({"upstreams": {"alpha": {"ca_file": "/ca.pem"}}})", "/upstreams/alpha/ca_file",
       "only with a url of tls:// or https://"},
      {R"({"upstreams": {"alpha": {"pins": []}}})", "/upstreams/alpha/pins",
       "only with a url of tls://"},
  });
}

TEST(Mistakes, Proxies) {
  const auto https = [](const std::string& proxy, const std::string& fragment) {
    return Mistake{
        R"({"upstreams": {"alpha": {"url": "https://192.0.2.2", "proxy": )" + proxy + "}}}",
        "/upstreams/alpha/proxy", fragment};
  };
  const std::string example = "by address and port, such as \"http://192.0.2.8:3128\"";
  expect_errors({
      https("3128", example),
      https(R"("")", example),
      https(R"("192.0.2.8:3128")", example),
      https(R"("https://192.0.2.8:3128")", example),
      https(R"("socks5://192.0.2.8:1080")", example),
      https(R"("http://192.0.2.8")", example),
      https(R"("http://192.0.2.8:0")", example),
      https(R"("http://proxy.example:3128")", example),
      https(R"("http://user:word@192.0.2.8:3128")", example),
      https(R"("http://192.0.2.8:3128/path")", example),
      https(R"("http://0.0.0.0:3128")", "the address of one server"),
      https(R"("http://224.0.0.1:3128")", "the address of one server"),
      {R"({"upstreams": {"alpha": {"url": "https://192.0.2.2", "source": "192.0.2.77",
                                   "proxy": "http://[2001:db8::8]:3128"}}})",
       "/upstreams/alpha/source", "of the same family"},
      {R"({"upstreams": {"alpha": {"proxy": "http://192.0.2.8:3128"}}})", "/upstreams/alpha/proxy",
       "only with a url of https://"},
      {R"({"upstreams": {"alpha": {"url": "tls://192.0.2.2", "proxy": "http://192.0.2.8:1"}}})",
       "/upstreams/alpha/proxy", "only with a url of https://"},
  });
}

TEST(Mistakes, Presets) {
  expect_errors({
      {R"({"use": "google-dot"})", "/use", "the name of a preset"},
      {R"({"use": [7]})", "/use/0", "the name of a preset"},
      {R"({"use": ["google-dott"]})", "/use/0", "did you mean \"google-dot\"?"},
      {R"({"use": ["quad9", "quad9"]})", "/use/1", "there is an upstream of that name, from here"},
      {R"({"use": ["quad9"], "upstreams": {"quad9": {"url": "udp://192.0.2.7"}}})", "/use/0",
       "there is an upstream of that name;"},
  });
}

TEST(Mistakes, AnAuthenticBitOnAnOpenWay) {
  const std::string expected = "expected only with tls:// or https://, or on loopback";
  expect_errors({
      {R"({"upstreams": {"alpha": {"trust_ad": true}}})", "/upstreams/alpha/trust_ad", expected},
      {R"({"upstreams": {"alpha": {"url": "tcp://dns.example", "trust_ad": true}}})",
       "/upstreams/alpha/trust_ad", expected},
      {R"({"upstreams": {"alpha": {"url": "udp://dns.example", "trust_ad": true,
                                   "addresses": ["127.0.0.2", "192.0.2.2"]}}})",
       "/upstreams/alpha/trust_ad", expected},
  });
  for (const char* url : {"udp://127.0.0.2", "tcp://[::1]:5353", "tls://192.0.2.2"}) {
    const auto loaded = load_patched(R"({"upstreams": {"alpha": {"trust_ad": true, "url": ")" +
                                     std::string(url) + R"("}}})");
    EXPECT_TRUE(loaded.ok()) << listing(loaded.errors);
  }
}

TEST(Mistakes, AFileOfAuthoritiesThatIsOfNoUse) {
  const std::string patch = R"({"upstreams": {
    "alpha": {"url": "tls://192.0.2.2", "ca_file": "/good.pem"},
    "beta": {"url": "tls://192.0.2.3", "ca_file": "/bad.pem"},
    "vpc": {"url": "tls://192.0.2.4", "ca_file": "/bad.pem"}}})";
  int read = 0;
  const auto check = [&read](const std::string& file) {
    ++read;
    return file == "/bad.pem" ? std::string("no certificate in it") : std::string();
  };
  const auto loaded = parse_config({{"main.json", test::patched(patch)}}, check);
  ASSERT_EQ(loaded.errors.size(), 2U) << listing(loaded.errors);
  EXPECT_TRUE(has(loaded.errors, "/upstreams/beta/ca_file", "no certificate in it"));
  EXPECT_TRUE(has(loaded.errors, "/upstreams/vpc/ca_file", "no certificate in it"));
  EXPECT_EQ(read, 2) << "each file once";
}

TEST(Mistakes, NamesOfUpstreams) {
  const std::string long_name(64, 'a');
  for (const std::string& name : {std::string("a b"), std::string("ä"), long_name, std::string()}) {
    const auto loaded =
        load_patched(R"({"upstreams": {")" + name + R"(": {"url": "udp://192.0.2.9"}}})");
    ASSERT_EQ(loaded.errors.size(), 1U) << name << listing(loaded.errors);
    EXPECT_THAT(loaded.errors[0].message, ::testing::HasSubstr("expected a name of letters"));
  }
}

TEST(Mistakes, TooManyUpstreams) {
  std::string upstreams;
  std::string names;
  for (int i = 0; i < 129; ++i) {
    const auto n = std::to_string(i);
    upstreams += (i == 0 ? "" : ",") + ("\"u" + n + R"(": {"url": "udp://192.0.2.1:)") +
                 std::to_string(1000 + i) + "\"}";
    if (i < 65) names += (i == 0 ? "\"u" : ",\"u") + n + '"';
  }
  const auto loaded = load_patched(R"({"upstreams": {)" + upstreams +
                                   R"(}, "routes": [{"zone": ".", "tiers": [[)" + names + "]]}]}");
  EXPECT_TRUE(has(loaded.errors, "/upstreams", "at most 128")) << listing(loaded.errors);
  EXPECT_TRUE(has(loaded.errors, "/routes/0/tiers", "at most 64")) << listing(loaded.errors);
}

TEST(Warnings, AreNotErrors) {
  expect_warnings({
      {R"({"routes": [{"zone": "example", "tiers": [["vpc", "alpha", "beta"]]}]})", "/routes",
       "no route for \".\""},
      {R"({"routes": [{"zone": ".", "tiers": [["vpc", "alpha"]]}]})", "/upstreams/beta",
       "no route names this upstream"},
      {R"({"routes": [{"zone": ".", "tiers": [["vpc"]]}]})", "/routes/0", "of one provider"},
      {R"({"safety": {"min_usable": 4}})", "/routes/0", "always in panic"},
      {R"({"listen": ["0.0.0.0:5300"], "acl": ["0.0.0.0/0"]})", "/acl/0", "open resolver"},
      {R"({"listen": ["[::]:5300"], "acl": ["::1/128", "::/0"]})", "/acl/1", "open resolver"},
      {R"({"listen": ["0.0.0.0:5300"], "admit": {"all": ["10.0.0.0/8", "0.0.0.0/0"]}})",
       "/admit/all/1", "open resolver"},
      {R"({"listen": ["192.0.2.53:53"]})", "/listen", "acl admits loopback only"},
      {R"({"acl": []})", "/acl", "nobody may ask"},
      {R"({"routes": [{"zone": ".", "tiers": [["vpc"], ["alpha", "beta"]],
                       "visibility": "split-view"}]})",
       "/routes/0", "never asked"},
  });
}

TEST(Warnings, SayNothingOfWhatIsWrongAlready) {
  const auto loaded = load_patched(R"({"listen": ["127.0.0.1:99999"]})");
  EXPECT_TRUE(has(loaded.errors, "/listen/0", "99999")) << listing(loaded.errors);
  EXPECT_TRUE(loaded.warnings.empty()) << listing(loaded.warnings);
}

TEST(Warnings, AQueryLogBelowTheLevelOfTheLogWritesNothing) {
  expect_warnings({{R"({"query_log": {"enabled": true}, "log": {"level": "warning"}})",
                    "/query_log", "writes nothing"}});
  const auto loaded = load_patched(R"({"query_log": {"enabled": true}})");
  EXPECT_TRUE(loaded.warnings.empty()) << listing(loaded.warnings);
}

TEST(Mistakes, TheGuardIsOffOrAnObject) {
  expect_errors(
      {{R"({"routes": [{"zone": ".", "tiers": [["vpc", "alpha", "beta"]], "lkg": "on"}]})",
        "/routes/0/lkg", "or an object such as"}});
}

TEST(Warnings, WhoIsAdmittedBesidesTheAclIsAdmitted) {
  const auto loaded = load_patched(
      R"({"listen": ["192.0.2.53:53"], "acl": [], "admit": {"lab": ["192.0.2.0/24"]}})");
  EXPECT_TRUE(loaded.ok() && loaded.warnings.empty()) << listing(loaded.warnings);
}

TEST(Warnings, AnOpenAclOnLoopbackIsNone) {
  const auto loaded = load_patched(R"({"acl": ["0.0.0.0/0", "::/0"]})");
  EXPECT_TRUE(loaded.ok() && loaded.warnings.empty()) << listing(loaded.warnings);
}

TEST(Mistakes, AllAreListedAtOnce) {
  const auto loaded = load_patched(R"({
    "workers": -1, "http": "x", "listn": [], "safety": {"min_usable": "1"},
    "upstreams": {"vpc": {"url": "x"}}, "routes": [{"zone": ".", "tiers": [["nobody", "alpha"]]}]
  })");
  for (const std::string pointer : {"/workers", "/http", "/listn", "/safety/min_usable",
                                    "/upstreams/vpc/url", "/routes/0/tiers/0/0"}) {
    EXPECT_TRUE(has(loaded.errors, pointer, "")) << pointer << '\n' << listing(loaded.errors);
  }
  EXPECT_EQ(loaded.errors.size(), 6U) << listing(loaded.errors);
}

}  // namespace
}  // namespace holdfast
