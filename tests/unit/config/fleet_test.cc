// The key `fleet` and the routes' `share`: what they become, and what is wrong with others.

#include <gtest/gtest.h>

#include "config_text.h"

namespace holdfast {
namespace {

using test::has;
using test::listing;

const std::string kKeyFile = R"("key_file": "/etc/holdfast/fleet.key")";

LoadedConfig with_fleet(const std::string& members) {
  return test::load_patched(R"({"fleet": {)" + members + "}}");
}

FleetConfig fleet(const std::string& members) {
  const auto loaded = with_fleet(members + ", " + kKeyFile);
  EXPECT_TRUE(loaded.ok()) << listing(loaded.errors);
  return loaded.config.fleet.value_or(FleetConfig{});
}

TEST(Fleet, defaults) {
  EXPECT_FALSE(test::load_patched("{}").config.fleet);
  const FleetConfig config = fleet(R"("redis": "rediss://cache.example")");
  EXPECT_TRUE(config.tls);
  EXPECT_EQ(config.url(), "rediss://cache.example:6379/0");
  EXPECT_EQ(config.host, "cache.example");
  EXPECT_TRUE(config.addresses.empty());
  EXPECT_EQ(config.key_file, "/etc/holdfast/fleet.key");
  EXPECT_EQ(config.prefix, "holdfast");
  EXPECT_EQ(config.max_per_second, 200U);
}

TEST(Fleet, all_keys) {
  const FleetConfig config = fleet(R"("redis": "rediss://cache.example:6380/12",
    "addresses": ["192.0.2.7", "2001:db8::7"], "username": "holdfast",
    "password_file": "/etc/holdfast/password", "ca_file": "/etc/holdfast/ca.pem",
    "prefix": "vpc-1", "max_per_second": 5)");
  EXPECT_EQ(config.url(), "rediss://cache.example:6380/12");
  EXPECT_EQ(config.addresses.size(), 2U);
  EXPECT_EQ(config.username, "holdfast");
  EXPECT_EQ(config.password_file, "/etc/holdfast/password");
  EXPECT_EQ(config.ca_file, "/etc/holdfast/ca.pem");
  EXPECT_EQ(config.prefix, "vpc-1");
  EXPECT_EQ(config.max_per_second, 5U);
}

TEST(Fleet, urls_with_addresses) {
  const FleetConfig v6 = fleet(R"("redis": "rediss://[2001:db8::7]:7000/")");
  EXPECT_EQ(v6.url(), "rediss://[2001:db8::7]:7000/0");
  EXPECT_EQ(v6.addresses.size(), 1U);
  EXPECT_FALSE(fleet(R"("redis": "redis://127.0.0.1")").tls);
}

struct Mistake {
  std::string members, pointer, fragment;
};

TEST(Fleet, mistakes) {
  const std::string url = R"("redis": "rediss://192.0.2.7")";
  const std::string both = url + ", " + kKeyFile;
  const auto of_url = [](const std::string& text, const std::string& fragment) {
    return Mistake{R"("redis": ")" + text + "\", " + kKeyFile, "/fleet/redis", fragment};
  };
  const Mistake mistakes[] = {
      {kKeyFile, "/fleet/redis", "missing"},
      {url, "/fleet/key_file", "missing"},
      {url + R"(, "key_file": "fleet.key")", "/fleet/key_file", "absolute path"},
      {url + R"(, "key_file": "")", "/fleet/key_file", "absolute path"},
      of_url("cache.example:6379", "expected rediss:// (TLS) or redis://"),
      of_url("http://cache.example", "expected rediss:// (TLS) or redis://"),
      of_url("rediss://cache.example:0", "a port from 1 to 65535"),
      of_url("rediss://cache.example/x", "the number of a database"),
      of_url("rediss://cache.example/16384", "the number of a database"),
      of_url("rediss://cache.example?a=b", "an IP address or a host name"),
      of_url("rediss://2001:db8::7", "stands in brackets"),
      of_url("rediss://", "an IP address or a host name"),
      {both + R"(, "addresses": ["192.0.2.8"])", "/fleet/addresses", "an address already"},
      {R"("redis": "rediss://a.example", "addresses": ["x"], )" + kKeyFile, "/fleet/addresses/0",
       "an IP address"},
      {both + R"(, "username": "me")", "/fleet/username", "without \"password_file\""},
      {both + R"(, "username": "a b", "password_file": "/p")", "/fleet/username", "printable"},
      {both + R"(, "password_file": "p")", "/fleet/password_file", "absolute path"},
      {both + R"(, "ca_file": 1)", "/fleet/ca_file", "absolute path"},
      {R"("redis": "redis://127.0.0.1", "ca_file": "/ca.pem", )" + kKeyFile, "/fleet/ca_file",
       "only with rediss://"},
      {both + R"(, "prefix": "a:b")", "/fleet/prefix", "letters, digits"},
      {both + R"(, "max_per_second": 0)", "/fleet/max_per_second", "from 1 to 100000"},
      {both + R"(, "password": "x")", "/fleet/password", "did you mean \"password_file\"?"},
  };
  for (const Mistake& mistake : mistakes) {
    const auto loaded = with_fleet(mistake.members);
    EXPECT_TRUE(has(loaded.errors, mistake.pointer, mistake.fragment)) << mistake.members << '\n'
                                                                       << listing(loaded.errors);
    EXPECT_EQ(loaded.errors.size(), 1U) << mistake.members << '\n' << listing(loaded.errors);
  }
}

TEST(Fleet, a_password_in_the_url_is_refused_and_not_shown) {
  const auto loaded = with_fleet(R"("redis": "rediss://me:s3cret@cache.example", )" + kKeyFile);
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_TRUE(has(loaded.errors, "/fleet/redis", "password_file"));
  EXPECT_EQ(listing(loaded.errors).find("s3cret"), std::string::npos);
}

TEST(Fleet, a_host_name_needs_somebody_who_knows_it) {
  const auto loaded = test::load_patched(
      R"({"bootstrap": null, "fleet": {"redis": "rediss://cache.example", )" + kKeyFile + "}}");
  EXPECT_TRUE(has(loaded.errors, "/fleet/redis", "expected \"addresses\" beside it"));
}

TEST(Fleet, what_travels_in_clear_is_told) {
  const auto loaded = with_fleet(R"("redis": "redis://192.0.2.7", )" + kKeyFile);
  EXPECT_TRUE(loaded.ok());
  EXPECT_TRUE(has(loaded.warnings, "/fleet/redis", "not encrypted"));
  EXPECT_TRUE(with_fleet(R"("redis": "redis://[::1]", )" + kKeyFile).warnings.empty());
}

TEST(Fleet, routes_may_share_what_others_do_not_see) {
  const auto patch = [](const std::string& visibility, const std::string& fleet) {
    return R"({"routes": [{"zone": ".", "tiers": [["vpc"], ["alpha", "beta"]]},
      {"zone": "corp.example", "tiers": [["vpc"]], "visibility": ")" +
           visibility + R"(", "share": true}])" + fleet + "}";
  };
  const std::string some = R"(, "fleet": {"redis": "redis://[::1]", )" + kKeyFile + "}";
  const auto loaded = test::load_patched(patch("private", some));
  ASSERT_TRUE(loaded.ok()) << listing(loaded.errors);
  EXPECT_FALSE(loaded.config.routes[0].share);
  EXPECT_TRUE(loaded.config.routes[1].share);
  EXPECT_TRUE(test::load_patched(patch("public", some)).ok()) << "what the cloud alone sees of it";
  EXPECT_TRUE(
      has(test::load_patched(patch("private", "")).warnings, "/routes/1/share", "no \"fleet\""));
}

}  // namespace
}  // namespace holdfast
