// A configuration without a weakness, and changes to it.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "audit/audit.h"
#include "config/load.h"

namespace holdfast::test {

inline nlohmann::json sound_config() {
  return nlohmann::json::parse(R"({
    "safety": {"min_usable": 1, "ejection_interval": "5s"},
    "bootstrap": ["9.9.9.9", "8.8.8.8"],
    "upstreams": {
      "vpc": {"class": "cloud", "provider": "aws", "url": "udp://169.254.169.253"},
      "one": {"provider": "one", "url": "tls://192.0.2.1", "validates": true},
      "two": {"provider": "two", "url": "https://198.51.100.2/dns-query", "validates": true},
      "ens": {"class": "ens", "endpoints": [
        {"url": "https://203.0.113.1", "provider": "rpc-a"},
        {"url": "https://203.0.113.2", "provider": "rpc-b"},
        {"url": "https://203.0.113.3", "provider": "rpc-c"}]}
    },
    "routes": [
      {"zone": ".", "tiers": [["vpc"], ["one", "two"]]},
      {"zone": "corp.internal", "tiers": [["vpc"]], "visibility": "private"},
      {"zone": "eth", "tiers": [["ens"]]}
    ],
    "store": {"path": "/var/lib/holdfast"}
  })");
}

/// The configuration with an RFC 7396 merge patch, or with the values that an RFC 6902 patch sets,
/// if it is a list.
inline LoadedConfig load_changed(const std::string& change) {
  auto config = sound_config();
  const auto patch = nlohmann::json::parse(change);
  if (patch.is_array()) {
    config = config.patch(patch);
  } else {
    config.merge_patch(patch);
  }
  return parse_config({{"main.json", config.dump(2)}});
}

inline std::vector<audit::Finding> audited(const LoadedConfig& loaded) {
  return audit::audit(loaded.config, *loaded.tree, loaded.warnings);
}

/// "error single-domain main.json /routes/0", one a line.
inline std::string listing(const std::vector<audit::Finding>& findings) {
  std::string text;
  for (const auto& finding : findings) {
    text += std::string(to_string(finding.severity)) + ' ' + std::string(finding.rule) + ' ' +
            finding.file + ' ' + finding.pointer + '\n';
  }
  return text;
}

inline std::string mistakes(const LoadedConfig& loaded) {
  std::string text;
  for (const auto& error : loaded.errors)
    text += error.to_string() + '\n';
  return text;
}

}  // namespace holdfast::test
