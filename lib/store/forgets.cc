#include "store/forgets.h"

namespace holdfast {

void Forgets::add(const dns::Name& name, bool zone) {
  const dns::Name lowered = name.lowered();
  (zone ? zones_ : names_).emplace(lowered.wire().begin(), lowered.wire().end());
}

void Forgets::clear() noexcept {
  names_.clear();
  zones_.clear();
}

std::vector<std::pair<dns::Name, bool>> Forgets::list() const {
  std::vector<std::pair<dns::Name, bool>> all;
  for (const bool zone : {false, true}) {
    for (const std::string& wire : zone ? zones_ : names_) {
      const auto name =
          dns::Name::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
      if (name) all.emplace_back(*name, zone);
    }
  }
  return all;
}

bool Forgets::cover(dns::Bytes name) const {
  if (empty()) return false;
  std::string rest;
  for (const std::uint8_t octet : name)
    rest.push_back(static_cast<char>(dns::lower(octet)));
  if (names_.contains(rest)) return true;
  while (!zones_.empty() && !rest.empty()) {
    if (zones_.contains(rest)) return true;
    const auto label = static_cast<std::uint8_t>(rest[0]);
    if (label == 0 || label + 1U > rest.size()) return false;
    rest.erase(0, label + 1U);
  }
  return false;
}

}  // namespace holdfast
