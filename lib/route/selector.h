// select_next: which upstream a lookup asks next. The failover decision, and nothing else: a pure
// function of the route's candidates, their health, what was asked already, and why another one is
// wanted. No state, no time-outs, no sockets; the lookup's state machine is resolver/lookup.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/random.h"
#include "route/route.h"
#include "upstream/health_board.h"
#include "upstream/upstream.h"

namespace holdfast {

/// One upstream of the lookup's route.
struct Candidate {
  UpstreamId id{};
  ProviderId provider{};
  std::uint8_t tier = 0;
  UpstreamClass upstream_class = UpstreamClass::external;
  bool validates = false;
  bool filters = false;
  bool spares = true;  // its packet budget bears what can be done without: rivals and racers
  HealthView health;   // as the asking worker sees it now
};

/// How select_next() takes an upstream, the best first.
enum class Standing : std::uint8_t {
  sound,     // up
  trial,     // recovering: for its share of the lookups sound, else doubtful
  doubtful,  // suspect
  down,      // asked in panic, and as the last resort
  never,     // forced down, a loop, or down where those are left out
};
[[nodiscard]] const char* to_string(Standing standing) noexcept;
[[nodiscard]] Standing standing_of(const HealthView& health, bool down_too) noexcept;

/// A set of candidates by position; routes have at most 64.
using CandidateSet = std::uint64_t;
inline constexpr std::size_t kMaxCandidates = 64;

[[nodiscard]] constexpr CandidateSet only(std::size_t position) noexcept {
  return CandidateSet{1} << position;
}

enum class Purpose : std::uint8_t {
  first,    // the lookup begins
  next,     // an exchange failed, timed out, or its upstream became suspect
  rival,    // a hedge: only a sound upstream of another provider, and only one that spares it
  racer,    // one more in a race: only a sound upstream that spares it, of another provider first
  witness,  // a second opinion: of another provider
};

struct Selection {
  Purpose purpose = Purpose::first;
  CandidateSet asked = 0;                   // not again
  CandidateSet allowed = ~CandidateSet{0};  // by visibility
  Policy policy = Policy::ordered;
  bool down_too = false;         // in panic, and as the last resort
  bool only_validating = false;  // a validator said SERVFAIL, or may yet: only another may be asked
  bool only_filtering = false;   // a filter may yet say no: only another may be asked
  std::optional<std::uint8_t> only_tier;  // rivals stay in the tier they rival
};

/// The position of the upstream to ask, or nullopt if none is left. Sound upstreams (up, or
/// recovering and within their share) come before doubtful ones (suspect, recovering), those before
/// ones that are down (only with `down_too`); then another provider than those asked; then the
/// lower tier; then the policy. Forced-down ones never.
[[nodiscard]] std::optional<std::size_t> select_next(std::span<const Candidate> candidates,
                                                     const Selection& selection,
                                                     Random& random) noexcept;

/// How many candidates are usable: below the route's min_usable it is in panic.
[[nodiscard]] unsigned usable_count(std::span<const Candidate> candidates) noexcept;

}  // namespace holdfast
