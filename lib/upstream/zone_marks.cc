#include "upstream/zone_marks.h"

namespace holdfast {
namespace {

dns::Name name_of(const std::string& wire) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(wire.data());
  return dns::Name::from_wire({bytes, wire.size()}).value_or(dns::Name());
}

bool has(const ZoneMarks& marks, const std::string& zone, std::uint64_t mark) {
  const auto found = marks.find(zone);
  return found != marks.end() && found->second == mark;
}

}  // namespace

/// FNV-1a: nobody gains by making two routes look alike, both are the operator's.
std::uint64_t mark_of(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char letter : text) {
    hash ^= static_cast<std::uint8_t>(letter);
    hash *= 0x100000001b3U;
  }
  return hash;
}

void add_mark(ZoneMarks& marks, const dns::Name& zone, std::string_view answered_by) {
  const dns::Name lowered = zone.lowered();
  marks[{lowered.wire().begin(), lowered.wire().end()}] = mark_of(answered_by);
}

std::vector<dns::Name> changed_zones(const ZoneMarks& before, const ZoneMarks& after) {
  std::vector<dns::Name> zones;
  for (const auto& [zone, mark] : after) {
    if (!has(before, zone, mark)) zones.push_back(name_of(zone));
  }
  for (const auto& [zone, mark] : before) {
    if (!after.contains(zone)) zones.push_back(name_of(zone));
  }
  for (const dns::Name& zone : zones) {
    if (zone.is_root()) return {dns::Name()};
  }
  return zones;
}

}  // namespace holdfast
