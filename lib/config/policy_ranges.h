// Which section of the configuration sets each field of FailoverPolicy, and what it may be. Fields
// themselves, their defaults and reasons: upstream/policy.h.
#pragma once

#include <string_view>
#include <vector>

#include "base/time.h"
#include "upstream/policy.h"

namespace holdfast {

/// A field's place and its ends, both included. Of the two ranges the one of the field's type
/// counts.
struct PolicyRange {
  std::string_view section;  // "safety", "failover", "health"
  std::string_view name;
  Duration least{}, most{};
  double least_number = 0, most_number = 0;
  bool whole = false;  // a count: no fractions
};

/// One for every name of policy_fields(), in its order; a test holds the two together.
[[nodiscard]] const std::vector<PolicyRange>& policy_ranges();

}  // namespace holdfast
