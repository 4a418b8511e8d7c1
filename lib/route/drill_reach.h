// Which lookups a drill reaches.
#pragma once

#include "route/route.h"
#include "upstream/drill_board.h"

namespace holdfast {

/// Private routes only if they are named.
[[nodiscard]] inline bool drill_reaches(DrillScope scope, const Route& route) noexcept {
  if (scope == kEveryPublicRoute) return route.visibility != Visibility::private_view;
  return scope == drill_scope(route.label);
}

}  // namespace holdfast
