// Rehearsal: one outage, played through on virtual time by the real resolver and the real health
// checker, with clients that ask names nobody has asked before and one that was asked before.
#pragma once

#include <optional>
#include <vector>

#include "audit/losses.h"
#include "base/time.h"
#include "resolver/snapshot.h"

namespace holdfast::audit {

/// What became of a route's clients; times count from the begin of the outage.
struct Performance {
  /// When names that nobody holds ceased to be answered, for good; none: they are answered.
  std::optional<Duration> stops;
  /// Without that: how long some of them failed, from the first to the last; 0: none did.
  Duration gap{};
  Duration slowest{};  // good reply
  /// When a name that was used before was last seen answered, and first seen to fail; the latter
  /// none: it was answered as long as anybody looked.
  Duration held{};
  std::optional<Duration> held_stops;
};

struct Rehearsed {
  std::vector<Performance> routes;  // as the casting has its roles
  Duration virtual_time{};
};

/// Deterministic: the same configuration gives the same.
[[nodiscard]] Rehearsed rehearse(const Subject& subject, const SnapshotPtr& snapshot,
                                 const Casting& casting, const Loss& loss);

}  // namespace holdfast::audit
