#include "audit/finding.h"

#include <utility>

namespace holdfast::audit {

void Findings::add(Severity severity, const Node& at, std::string reason, std::string remedy) {
  list.push_back({severity, rule_, at.file, at.pointer, std::move(reason), std::move(remedy)});
}

const char* to_string(Severity severity) noexcept {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "?";
}

}  // namespace holdfast::audit
