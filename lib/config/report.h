// Report: the mistakes found so far, each with its place. Reading goes on after a mistake, so that
// all are listed at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/node.h"

namespace holdfast {

class Report {
 public:
  void error(const Node& at, std::string message);
  /// About a member that is not there (or whose key is the mistake).
  void error(const Node& object, std::string_view key, std::string message);
  void warning(const Node& at, std::string message);

  /// The usual error: "found X; expected Y".
  void wrong_value(const Node& at, std::string_view expected);

  /// True if this very value was found wrong: rules between values then keep silent.
  [[nodiscard]] bool flagged(const Node& at) const noexcept;
  /// Or something in it.
  [[nodiscard]] bool flagged_within(const Node& at) const noexcept;

  std::vector<ConfigError> errors;
  std::vector<ConfigError> warnings;
};

}  // namespace holdfast
