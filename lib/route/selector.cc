#include "route/selector.h"

#include <array>
#include <tuple>

namespace holdfast {
namespace {

/// Smaller is better.
using Key = std::tuple<Standing, bool, std::uint8_t>;
constexpr Key kBestOfAll{Standing::sound, false, 0};

bool in(CandidateSet set, std::size_t position) noexcept {
  return (set & only(position)) != 0;
}

/// What this lookup takes it for: one on trial is sound for its share of the lookups, the rest go
/// past it (slow start).
Standing standing_now(const Candidate& candidate, const Selection& selection,
                      Random& random) noexcept {
  const Standing standing = standing_of(candidate.health, selection.down_too);
  if (standing != Standing::trial) return standing;
  const bool within_share = random.chance(static_cast<double>(candidate.health.share));
  return within_share ? Standing::sound : Standing::doubtful;
}

bool eligible(const Candidate& candidate, std::size_t position,
              const Selection& selection) noexcept {
  if (in(selection.asked, position) || !in(selection.allowed, position)) return false;
  if (selection.only_validating && !candidate.validates) return false;
  if (selection.only_filtering && !candidate.filters) return false;
  return !selection.only_tier || candidate.tier == *selection.only_tier;
}

bool provider_asked(std::span<const Candidate> candidates, const Selection& selection,
                    ProviderId provider) noexcept {
  if (selection.asked == 0) return false;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (in(selection.asked, i) && candidates[i].provider == provider) return true;
  }
  return false;
}

/// Power of two choices: two at random, the faster one. The weight of one that recovers is in its
/// standing.
std::size_t pick_fastest(std::span<const Candidate> candidates,
                         std::span<const std::uint8_t> equals, Random& random) noexcept {
  const auto count = static_cast<std::uint32_t>(equals.size());
  const std::uint32_t first = random.below(count);
  const std::uint32_t second = (first + 1 + random.below(count - 1)) % count;
  const std::size_t a = equals[first];
  const std::size_t b = equals[second];
  return candidates[b].health.srtt < candidates[a].health.srtt ? b : a;
}

}  // namespace

const char* to_string(Standing standing) noexcept {
  switch (standing) {
    case Standing::sound:
      return "sound";
    case Standing::trial:
      return "trial";
    case Standing::doubtful:
      return "doubtful";
    case Standing::down:
      return "down";
    case Standing::never:
      return "never";
  }
  return "?";
}

Standing standing_of(const HealthView& health, bool down_too) noexcept {
  if (health.never_asked()) return Standing::never;
  switch (health.effective()) {
    case HealthState::up:
      return Standing::sound;
    case HealthState::recovering:
      return Standing::trial;
    case HealthState::suspect:
      return Standing::doubtful;
    case HealthState::down:
      break;
  }
  return down_too ? Standing::down : Standing::never;
}

std::optional<std::size_t> select_next(std::span<const Candidate> candidates,
                                       const Selection& selection, Random& random) noexcept {
  std::array<std::uint8_t, kMaxCandidates> best;
  std::size_t count = 0;
  Key best_key{};
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!eligible(candidates[i], i, selection)) continue;
    const Standing standing = standing_now(candidates[i], selection, random);
    const bool same_provider = provider_asked(candidates, selection, candidates[i].provider);
    if (standing == Standing::never) continue;
    const bool rival = selection.purpose == Purpose::rival;
    const bool dispensable = rival || selection.purpose == Purpose::racer;
    if (dispensable && (standing != Standing::sound || !candidates[i].spares)) continue;
    const bool witness = selection.purpose == Purpose::witness;
    if ((rival || witness) && same_provider) continue;
    const Key key{standing, same_provider, candidates[i].tier};
    if (count == 0 || key < best_key) {
      best_key = key;
      count = 0;
    }
    if (key == best_key) best[count++] = static_cast<std::uint8_t>(i);
    // Nearly always the first is as good as any can be: how many follow does not matter then.
    if (best_key == kBestOfAll && selection.policy != Policy::fastest) break;
  }
  if (count == 0) return std::nullopt;
  if (count == 1 || selection.policy != Policy::fastest) return best[0];
  return pick_fastest(candidates, std::span(best).first(count), random);
}

unsigned usable_count(std::span<const Candidate> candidates) noexcept {
  unsigned count = 0;
  for (const Candidate& candidate : candidates)
    count += candidate.health.usable() ? 1U : 0U;
  return count;
}

}  // namespace holdfast
