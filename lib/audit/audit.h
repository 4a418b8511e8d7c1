// The audit: a configuration in, its weaknesses out. Pure: reads no file, asks nobody. What is
// proven rather than known is simulate_losses.h.
#pragma once

#include <span>
#include <vector>

#include "audit/finding.h"
#include "config/config.h"

namespace holdfast::audit {

/// The rule of findings that are warnings of the configuration's own check.
inline constexpr std::string_view kConfigWarning = "config-warning";

/// `config` without errors, `root` the tree it was made of, `warnings` what was said when it was
/// loaded: those about a place where a rule speaks are left out. The worst first, then in the order
/// of rules().
[[nodiscard]] std::vector<Finding> audit(const Config& config, const Node& root,
                                         std::span<const ConfigError> warnings);

/// The title of a rule, that of config-warning included; "" if there is none.
[[nodiscard]] std::string_view title_of(std::string_view rule);

/// 2 with an error among them, 1 with a warning, else 0.
[[nodiscard]] int verdict(std::span<const Finding> findings) noexcept;

}  // namespace holdfast::audit
