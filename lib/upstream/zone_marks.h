// ZoneMarks: by whom each zone is answered, boiled down to a number. Two of them, before and after
// a change of the configuration, say whose answers come from elsewhere now, also over a restart.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dns/name.h"

namespace holdfast {

/// By zone, in wire form and lower case.
using ZoneMarks = std::map<std::string, std::uint64_t>;

/// The same for the same text on every machine and in every version.
[[nodiscard]] std::uint64_t mark_of(std::string_view text) noexcept;

void add_mark(ZoneMarks& marks, const dns::Name& zone, std::string_view answered_by);

/// Zones that came, went, or are answered by others now. Only the root if that is among them:
/// everything is below it.
[[nodiscard]] std::vector<dns::Name> changed_zones(const ZoneMarks& before, const ZoneMarks& after);

}  // namespace holdfast
