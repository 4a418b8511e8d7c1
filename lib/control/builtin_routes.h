// The zones that are private without anybody saying so: `internal` and the reverse zones of
// addresses that no public server knows (RFC 6303, RFC 7793).
#pragma once

#include <string>
#include <vector>

#include "route/route.h"

namespace holdfast {

/// `internal`; the reverse zones of RFC 1918, 100.64/10, 169.254/16, fc00::/7, fe80::/10.
[[nodiscard]] const std::vector<std::string>& private_zones();

/// Adds a route for each of them that `routes` does not have, like `pattern` but for zone and
/// label.
void add_private_routes(std::vector<Route>& routes, const Route& pattern);

}  // namespace holdfast
