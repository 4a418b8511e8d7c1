// Finding: one weakness of a configuration: how bad, which rule saw it, where it stands in the
// operator's own file, why it is one, and what to write instead. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"

namespace holdfast::audit {

/// How bad. An error: one outage, or one stranger, is enough. A warning: a second thing must fail,
/// or a protection does less than it seems to. A note: worth knowing, and no reason to fail a
/// build.
enum class Severity : std::uint8_t { note, warning, error };

struct Finding {
  Severity severity = Severity::warning;
  std::string_view rule;  // of rules()
  std::string file;
  std::string pointer;  // RFC 6901, inside that file; "": the whole of it, where a key is missing
  std::string reason;
  std::string remedy;
};

/// What rules write into.
class Findings {
 public:
  /// Which rule speaks from now on.
  void speak(std::string_view rule) { rule_ = rule; }

  void add(Severity severity, const Node& at, std::string reason, std::string remedy);

  std::vector<Finding> list;

 private:
  std::string_view rule_;
};

/// "note", "warning", "error".
[[nodiscard]] const char* to_string(Severity severity) noexcept;

}  // namespace holdfast::audit
