#include "ens/leg.h"

#include <algorithm>
#include <string_view>

namespace holdfast::ens {
namespace {

dns::Name ancestor(const dns::Name& name, unsigned labels) {
  dns::Name above = name;
  while (above.label_count() > labels)
    above = above.parent();
  return above;
}

}  // namespace

const EncodedName& Leg::ens_name() const noexcept {
  return zone->alias ? *zone->alias : mapped().suffix;
}

unsigned Leg::apex_labels() const noexcept {
  if (zone->alias) return zone->apex.label_count();
  const auto offsets = label_offsets(mapped().suffix);
  const auto below = std::ranges::count_if(offsets, [&](auto at) { return at < cut.zone_at; });
  return mapped().suffix_labels - static_cast<unsigned>(below);
}

bool Leg::is_cut_at_tld() const noexcept {
  return zone->kind != BridgeZone::Kind::own && apex_labels() < 2;
}

dns::Name Leg::apex() const {
  return ancestor(name, apex_labels());
}

const BridgeZone* find_zone(const Bridge& bridge, const dns::Name& name) noexcept {
  const BridgeZone* best = nullptr;
  for (const BridgeZone& zone : bridge.zones) {
    const bool inner = best == nullptr || zone.apex.label_count() > best->apex.label_count();
    if (inner && name.is_subdomain_of(zone.apex)) best = &zone;
  }
  return best;
}

std::vector<WireName> candidates_of(const Leg& leg) {
  std::vector<WireName> candidates;
  if (leg.zone->kind == BridgeZone::Kind::copied) {
    candidates.push_back(map_name(leg.name, LabelForm::ascii));
    if (leg.zone->alias) return candidates;
  }
  WireName unicode = map_name(leg.name, LabelForm::unicode);
  if (candidates.empty() || candidates.front().suffix != unicode.suffix) {
    candidates.push_back(std::move(unicode));
  }
  return candidates;
}

EncodedName target_of(const Leg& leg) {
  const EncodedName& name = leg.ens_name();
  if (leg.extended || leg.zone->alias) return name;
  return {name.begin() + static_cast<std::ptrdiff_t>(leg.cut.zone_at), name.end()};
}

Subject subject_of(const Leg& leg) {
  Subject subject;
  subject.type = leg.type;
  subject.link_only = leg.link_only;
  subject.node = namehash(Bytes(target_of(leg)));
  subject.owner = leg.mapped().owner;
  const unsigned labels = leg.name.label_count();
  const unsigned apex = leg.apex_labels();
  const bool by_name = leg.extended && !leg.zone->alias;
  subject.at_name = by_name || labels == apex;
  if (subject.at_name) return subject;
  const auto offsets = label_offsets(subject.owner);
  for (unsigned i = 1; i <= labels - apex && i < offsets.size(); ++i)
    subject.ancestors.push_back(offsets[i]);
  subject.at_dnslink = labels == apex + 1 && linked_name(leg.name).has_value();
  return subject;
}

std::optional<dns::Name> linked_name(const dns::Name& name) {
  static const dns::Name marker = dns::Name::parse("_dnslink").value();
  const Bytes wire = name.wire();
  const Bytes label = marker.wire().first(marker.wire().size() - 1);
  const bool linked = wire.size() > label.size() + 1 &&
                      std::ranges::equal(wire.first(label.size()), label, {}, dns::lower);
  return linked ? std::optional(name.parent()) : std::nullopt;
}

}  // namespace holdfast::ens
