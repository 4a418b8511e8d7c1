// Several files become one tree: objects merge, the lists of `routes` follow one another,
// everything else may stand in one file only.
#pragma once

#include "config/node.h"
#include "config/report.h"

namespace holdfast {

/// Takes the members of `from` over into `into` (both roots). What stands in both is an error that
/// names both files; the value of `into` then stays.
void merge_into(Node& into, Node from, Report& report);

}  // namespace holdfast
