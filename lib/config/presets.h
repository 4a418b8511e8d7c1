// Presets: upstreams that a configuration names under "use", instead of writing them out. What they
// are stands in config/providers.json, which is built in.
#pragma once

#include <string_view>

#include "config/node.h"
#include "config/report.h"

namespace holdfast {

/// Puts the presets that `root` uses into its `upstreams`, where they stand as if they had been
/// written there; mistakes are reported at "use". To be called before the tree is parsed.
void apply_presets(Node& root, Report& report);

/// config/providers.json as it was when this was built.
[[nodiscard]] std::string_view presets_text() noexcept;

}  // namespace holdfast
