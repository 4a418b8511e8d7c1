// From files to a Config: reads FILE and its conf.d/*.json, merges, parses, validates. All mistakes
// are listed, not only the first.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace holdfast {

struct LoadedConfig {
  Config config;                      // meaningful only without errors
  std::vector<ConfigError> errors;    // nothing may be started with any
  std::vector<ConfigError> warnings;  // worth saying, not fatal

  [[nodiscard]] bool ok() const noexcept { return errors.empty(); }
};

/// Reads `path` and, sorted by name, the *.json of the directory conf.d beside it. Without a check,
/// files of authorities are not looked at. Never throws.
[[nodiscard]] LoadedConfig load_config(const std::string& path, const CaCheck& check = {});

/// The same from texts: (file name, content) pairs, the main file first.
[[nodiscard]] LoadedConfig parse_config(
    const std::vector<std::pair<std::string, std::string>>& files, const CaCheck& check = {});

}  // namespace holdfast
