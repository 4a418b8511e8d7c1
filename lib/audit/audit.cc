#include "audit/audit.h"

#include <algorithm>

#include "audit/rules.h"

namespace holdfast::audit {

std::vector<Finding> audit(const Config& config, const Node& root,
                           std::span<const ConfigError> warnings) {
  const Subject subject(config, root);
  Findings out;
  for (const Rule& rule : rules()) {
    out.speak(rule.id);
    rule.look(subject, out);
  }
  for (const ConfigError& warning : warnings) {
    const auto here = [&warning](const Finding& f) {
      return f.file == warning.file &&
             (f.pointer == warning.pointer || f.pointer.starts_with(warning.pointer + "/"));
    };
    if (std::ranges::any_of(out.list, here)) continue;
    out.list.push_back({Severity::warning, kConfigWarning, warning.file, warning.pointer,
                        warning.message, "as it says; docs/CONFIG.md has the key"});
  }
  std::ranges::stable_sort(out.list, std::ranges::greater{}, &Finding::severity);
  return std::move(out.list);
}

std::string_view title_of(std::string_view rule) {
  if (rule == kConfigWarning) return "what --check-config warns of";
  const auto found = std::ranges::find(rules(), rule, &Rule::id);
  return found == rules().end() ? std::string_view{} : found->title;
}

int verdict(std::span<const Finding> findings) noexcept {
  const auto worst = std::ranges::max_element(findings, {}, &Finding::severity);
  if (worst == findings.end() || worst->severity == Severity::note) return 0;
  return worst->severity == Severity::warning ? 1 : 2;
}

}  // namespace holdfast::audit
