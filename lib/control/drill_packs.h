// The replay packs that are built in, from config/drill-packs.json.
#pragma once

#include <string_view>
#include <vector>

#include "drill/plan.h"

namespace holdfast {

/// The file as it was built in.
[[nodiscard]] std::string_view drill_packs_text() noexcept;

/// Reads such a file. What is wrong with it goes into `error`, with the place; "" if nothing is.
[[nodiscard]] std::vector<DrillPack> parse_drill_packs(std::string_view text, std::string& error);

/// The built-in ones; read once.
[[nodiscard]] const std::vector<DrillPack>& drill_packs();

}  // namespace holdfast
