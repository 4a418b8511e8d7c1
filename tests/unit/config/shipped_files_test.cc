// The configuration files that are shipped load without a mistake, and the schema says what the
// code does.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "config/policy_ranges.h"
#include "config_text.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::listing;

const fs::path kFolder = fs::path(HOLDFAST_SOURCE_DIR) / "config";

TEST(ShippedFiles, LoadWithoutErrorsOrWarnings) {
  std::size_t count = 0;
  std::vector<fs::path> files{kFolder / "holdfast.json"};
  for (const auto& entry : fs::directory_iterator(kFolder / "examples"))
    files.push_back(entry);
  for (const fs::path& file : files) {
    const auto loaded = load_config(file.string());
    EXPECT_TRUE(loaded.ok()) << listing(loaded.errors);
    EXPECT_TRUE(loaded.warnings.empty()) << listing(loaded.warnings);
    ++count;
  }
  EXPECT_GE(count, 6U);
}

TEST(ShippedFiles, AllKeysHoldsTheDefaults) {
  const auto all = load_config((kFolder / "examples/all-keys.json").string());
  const auto none = test::load_patched(R"({"listen": null})");
  ASSERT_TRUE(all.ok() && none.ok());
  const Config& a = all.config;
  const Config& b = none.config;
  for (const auto& [name, field] : policy_fields()) {
    std::visit([&, key = name](auto f) { EXPECT_EQ(a.policy.*f, b.policy.*f) << key; }, field);
  }
  EXPECT_EQ(a.listen, b.listen);
  EXPECT_EQ(a.workers, b.workers);
  EXPECT_EQ(a.acl, b.acl);
  EXPECT_EQ(a.cache_max_bytes, b.cache_max_bytes);
  EXPECT_EQ(a.store.max_bytes, b.store.max_bytes);
  EXPECT_EQ(a.ttl.min, b.ttl.min);
  EXPECT_EQ(a.ttl.max, b.ttl.max);
  EXPECT_EQ(a.ttl.negative_max, b.ttl.negative_max);
  EXPECT_EQ(a.stale_public, b.stale_public);
  EXPECT_EQ(a.stale_private, b.stale_private);
  EXPECT_EQ(a.limits.lookups, b.limits.lookups);
  EXPECT_EQ(a.limits.waiters, b.limits.waiters);
  EXPECT_EQ(a.limits.waiters_per_lookup, b.limits.waiters_per_lookup);
  EXPECT_EQ(a.limits.tcp_clients, b.limits.tcp_clients);
  EXPECT_EQ(a.limits.tcp_clients_per_address, b.limits.tcp_clients_per_address);
  EXPECT_EQ(a.limits.tcp_queries_per_connection, b.limits.tcp_queries_per_connection);
  EXPECT_EQ(a.limits.tcp_unsent_bytes, b.limits.tcp_unsent_bytes);
  EXPECT_EQ(a.limits.tcp_idle, b.limits.tcp_idle);
  EXPECT_EQ(a.limits.tcp_frame, b.limits.tcp_frame);
  EXPECT_EQ(a.http, b.http);
  EXPECT_EQ(a.control, b.control);
  EXPECT_EQ(a.log_level, b.log_level);
  EXPECT_EQ(a.query_log.enabled, b.query_log.enabled);
  EXPECT_EQ(a.query_log.max_per_second, b.query_log.max_per_second);
  FleetConfig fleet;
  fleet.host = a.fleet.value().host;  // these three have no default
  fleet.tls = a.fleet->tls;
  fleet.key_file = a.fleet->key_file;
  EXPECT_EQ(a.fleet, fleet);
  EXPECT_FALSE(b.fleet);
}

/// Keys of an object as the schema knows them and as a file uses them.
std::set<std::string> keys_of(const json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items())
    keys.insert(key);
  return keys;
}

class SchemaTest : public ::testing::Test {
 protected:
  SchemaTest()
      : schema_(json::parse(std::ifstream(kFolder / "schema.json"))),
        all_keys_(json::parse(std::ifstream(kFolder / "examples/all-keys.json"), nullptr, true,
                              /*ignore_comments=*/true)) {}

  json schema_;
  json all_keys_;
};

TEST_F(SchemaTest, KnowsTheKeysOfTheFileThatHasAll) {
  const json& properties = schema_["properties"];
  EXPECT_EQ(keys_of(properties), keys_of(all_keys_));
  for (const char* section : {"safety", "failover", "health", "cache", "ttl", "stale", "limits",
                              "log", "query_log", "fleet"}) {
    EXPECT_EQ(keys_of(properties[section]["properties"]), keys_of(all_keys_[section])) << section;
  }
  std::set<std::string> upstream_keys;
  for (const auto& upstream : all_keys_["upstreams"])
    upstream_keys.merge(keys_of(upstream));
  EXPECT_EQ(keys_of(schema_["definitions"]["upstream"]["properties"]), upstream_keys);
  std::set<std::string> route_keys;
  for (const auto& route : all_keys_["routes"])
    route_keys.merge(keys_of(route));
  EXPECT_EQ(keys_of(schema_["definitions"]["route"]["properties"]), route_keys);
}

bool is_required(const json& object, const std::string& key) {
  if (!object.contains("required")) return false;
  const json& keys = object["required"];
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// The schema's `default` of a section's key equals the value in the file that the test above holds
/// against the code.
TEST_F(SchemaTest, GivesTheDefaultsOfTheCode) {
  const json& properties = schema_["properties"];
  for (const auto& [key, property] : properties.items()) {
    if (property.contains("default") && key != "bootstrap" && key != "hosts") {
      EXPECT_EQ(property["default"], all_keys_[key]) << key;
    }
    if (!property.contains("properties")) continue;
    for (const auto& [name, inner] : property["properties"].items()) {
      if (key == "safety") {
        EXPECT_FALSE(inner.contains("default")) << name << ": floors have no default";
        continue;
      }
      if (is_required(property, name)) continue;
      ASSERT_TRUE(inner.contains("default")) << key << '.' << name;
      const json& used = all_keys_[key][name];
      if (used.is_string() && parse_duration(used.get<std::string>())) {
        EXPECT_EQ(*parse_duration(inner["default"].get<std::string>()),
                  *parse_duration(used.get<std::string>()))
            << key << '.' << name;
      } else {
        EXPECT_EQ(inner["default"], used) << key << '.' << name;
      }
    }
  }
}

TEST_F(SchemaTest, GivesTheRangesOfTheCode) {
  for (const auto& range : policy_ranges()) {
    const json& property =
        schema_["properties"][std::string(range.section)]["properties"][std::string(range.name)];
    if (!property.contains("minimum")) continue;
    EXPECT_EQ(property["minimum"].get<double>(), range.least_number) << range.name;
    EXPECT_EQ(property["maximum"].get<double>(), range.most_number) << range.name;
    EXPECT_EQ(property["type"] == "integer", range.whole) << range.name;
  }
}

TEST_F(SchemaTest, DescribesEveryKey) {
  const auto check = [](const json& properties) {
    for (const auto& [key, property] : properties.items()) {
      EXPECT_FALSE(property.value("description", "").empty()) << key;
    }
  };
  check(schema_["properties"]);
  for (const auto& [key, property] : schema_["properties"].items()) {
    if (property.contains("properties")) check(property["properties"]);
  }
  check(schema_["definitions"]["upstream"]["properties"]);
  check(schema_["definitions"]["route"]["properties"]);
}

}  // namespace
}  // namespace holdfast
