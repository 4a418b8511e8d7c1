// Route: a zone suffix, its tiers of upstreams, its policy. A plain value inside a Snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "dns/name.h"
#include "upstream/upstream.h"

namespace holdfast {

enum class Policy : std::uint8_t { ordered, fastest, race };
enum class Visibility : std::uint8_t { public_view, private_view, split_view };
/// How far a hedge may reach: the tier of the upstream it rivals, or any tier of the route.
enum class HedgeReach : std::uint8_t { tier, route };

[[nodiscard]] const char* to_string(Policy policy) noexcept;
[[nodiscard]] const char* to_string(Visibility visibility) noexcept;

using Tier = std::vector<UpstreamId>;

/// How a route treats a record that is suddenly gone (resolver/absence.h).
struct LastGoodPolicy {
  bool guards = true;              // false: a negative answer is believed at once
  bool despite_agreement = false;  // hold also what every provider says is gone
  std::optional<Duration> hold;    // how long; the policy's otherwise
};

struct Route {
  dns::Name zone;
  std::string label;        // the zone as configured: the `route` label of metrics
  std::vector<Tier> tiers;  // empty only for built-in private zones without a cloud upstream
  Policy policy = Policy::ordered;
  Visibility visibility = Visibility::public_view;
  HedgeReach hedge = HedgeReach::tier;
  unsigned min_usable = 1;  // below this many usable upstreams the route is in panic
  unsigned race_width = 2;
  bool allow_public_answers = false;  // split_view: the external tiers as the last resort
  bool trust_unvalidated = false;  // lifts "a validator's SERVFAIL goes only to another validator"
  Duration stale_max_age{};        // 0: stale is off
  bool shares_all = false;         // also what only this network should know may go to a fleet
  LastGoodPolicy last_good;
  bool builtin = false;  // not from the configuration

  [[nodiscard]] std::size_t upstream_count() const noexcept;
};

}  // namespace holdfast
