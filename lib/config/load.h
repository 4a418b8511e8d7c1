// From files to a Config: reads FILE and its conf.d/*.json, merges, parses, validates. All mistakes
// are listed, not only the first.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/node.h"

namespace holdfast {

/// A file's name and its content.
using ConfigFile = std::pair<std::string, std::string>;

struct LoadedConfig {
  Config config;                      // meaningful only without errors
  std::vector<ConfigFile> files;      // what was read, the main file first
  std::shared_ptr<const Node> tree;   // all files in one, presets included; null if it has none
  std::vector<ConfigError> errors;    // nothing may be started with any
  std::vector<ConfigError> warnings;  // worth saying, not fatal

  [[nodiscard]] bool ok() const noexcept { return errors.empty(); }
};

/// Reads `path` and, sorted by name, the *.json of the directory conf.d beside it. Without a check,
/// files of authorities are not looked at. Never throws.
[[nodiscard]] LoadedConfig load_config(const std::string& path, const CaCheck& check = {});

/// The same from texts, the main file first.
[[nodiscard]] LoadedConfig parse_config(std::vector<ConfigFile> files, const CaCheck& check = {});

}  // namespace holdfast
