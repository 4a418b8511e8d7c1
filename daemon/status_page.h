// The page people read at /status: a StatusReport as HTML, without scripts or anything from
// elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "control/status.h"

namespace holdfast {

[[nodiscard]] std::string status_page(const StatusReport& report);

/// Text as it may stand in HTML, attributes included.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace holdfast
