// A small valid configuration and changes to it, for tests of what is wrong with the changed one.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/load.h"

namespace holdfast::test {

inline nlohmann::json base_config() {
  return nlohmann::json::parse(R"({
    "listen": ["127.0.0.1:5300"],
    "safety": {"min_usable": 1, "ejection_interval": "5s"},
    "bootstrap": ["192.0.2.100"],
    "upstreams": {
      "vpc":   {"class": "cloud", "provider": "aws", "url": "udp://192.0.2.1"},
      "alpha": {"provider": "alpha", "url": "udp://192.0.2.2"},
      "beta":  {"provider": "beta", "url": "tcp://192.0.2.3"}
    },
    "routes": [{"zone": ".", "tiers": [["vpc"], ["alpha", "beta"]]}]
  })");
}

/// The base with an RFC 7396 merge patch: null removes a key, arrays are replaced.
inline std::string patched(const std::string& patch) {
  auto config = base_config();
  config.merge_patch(nlohmann::json::parse(patch));
  return config.dump(2);
}

inline LoadedConfig load_patched(const std::string& patch) {
  return parse_config({{"main.json", patched(patch)}});
}

/// All entries, one a line, for failure messages.
inline std::string listing(const std::vector<ConfigError>& entries) {
  std::string out;
  for (const auto& entry : entries)
    out += entry.to_string() + '\n';
  return out;
}

/// True if some entry stands at `pointer` and its message contains `fragment`.
inline bool has(const std::vector<ConfigError>& entries, const std::string& pointer,
                const std::string& fragment) {
  return std::any_of(entries.begin(), entries.end(), [&](const ConfigError& e) {
    return e.pointer == pointer && e.message.find(fragment) != std::string::npos;
  });
}

}  // namespace holdfast::test
