#include "ens/cut_memory.h"

namespace holdfast::ens {
namespace {

std::string key_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::optional<FoundResolver> CutMemory::find_cut(Bytes encoded_name, TimePoint now) const {
  const FoundResolver* found = cuts_.find(key_of(encoded_name), now);
  return found != nullptr ? std::optional(*found) : std::nullopt;
}

void CutMemory::learn_cut(Bytes encoded_name, const FoundResolver& found, TimePoint now) {
  if (found.resolver == Address{}) {
    cuts_.insert(key_of(encoded_name), found, now + kAbsenceKept);
    return;
  }
  for (const std::size_t at : label_offsets(encoded_name)) {
    if (at > found.zone_at) break;
    const FoundResolver seen_from_here{found.resolver, found.zone_at - at};
    cuts_.insert(key_of(encoded_name.subspan(at)), seen_from_here, now + kCutKept);
  }
}

std::optional<bool> CutMemory::find_extended(const Address& resolver, TimePoint now) const {
  const bool* extended = extended_.find(key_of(resolver), now);
  return extended != nullptr ? std::optional(*extended) : std::nullopt;
}

void CutMemory::learn_extended(const Address& resolver, bool extended, TimePoint now) {
  extended_.insert(key_of(resolver), extended, now + kExtendedKept);
}

bool CutMemory::is_single(const Address& resolver) const {
  return single_.find(key_of(resolver), TimePoint{}) != nullptr;
}

void CutMemory::learn_single(const Address& resolver) {
  single_.insert(key_of(resolver), true, kForever);
}

}  // namespace holdfast::ens
