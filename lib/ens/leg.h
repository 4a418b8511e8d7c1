// Leg: a question about one name within a resolution, and what is known of it. A question has one
// leg, and one more for each alias that it follows. Pure: from names and cuts to calls.
#pragma once

#include <optional>
#include <vector>

#include "ens/profile.h"
#include "ens/wire_name.h"

namespace holdfast::ens {

struct Leg {
  dns::Name name;
  dns::RrType type = dns::RrType::none;
  bool link_only = false;  // asked for the sake of `_dnslink.` below the name
  const BridgeZone* zone = nullptr;
  /// ENS names to look for, in this order: for a copied zone its A-labels, then its U-labels.
  std::vector<WireName> candidates;
  std::size_t candidate = 0;
  FoundResolver cut;
  bool extended = false;

  [[nodiscard]] const WireName& mapped() const noexcept { return candidates[candidate]; }

  /// The ENS name that findResolver() is asked for.
  [[nodiscard]] const EncodedName& ens_name() const noexcept;
  /// Labels of the name at which the zone is cut.
  [[nodiscard]] unsigned apex_labels() const noexcept;
  /// At a TLD, which is nobody's zone, unless the operator says that it is their own.
  [[nodiscard]] bool is_cut_at_tld() const noexcept;
  /// That name as it stands in the question.
  [[nodiscard]] dns::Name apex() const;
};

/// The zone of the bridge that the name is in, the innermost; nullptr if in none.
[[nodiscard]] const BridgeZone* find_zone(const Bridge& bridge, const dns::Name& name) noexcept;

/// Precondition: leg.name and leg.zone are set.
[[nodiscard]] std::vector<WireName> candidates_of(const Leg& leg);

/// The name that resolve() is called for: an extended resolver gets the whole name (ENSIP-10),
/// others their own, in whose node all records of the zone are.
[[nodiscard]] EncodedName target_of(const Leg& leg);

/// The records to ask for. Precondition: cut and extended are known.
[[nodiscard]] Subject subject_of(const Leg& leg);

/// The parent of a name `_dnslink.<name>`; nullopt for other names.
[[nodiscard]] std::optional<dns::Name> linked_name(const dns::Name& name);

}  // namespace holdfast::ens
