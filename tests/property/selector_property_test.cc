// select_next() over drawn candidates: it never gives one twice, never one that is forced down or
// not allowed, comes to an end, and never passes over a sound one for a doubtful one.
#include <gtest/gtest.h>

#include "route/selector.h"
#include "simulate/sim_random.h"

namespace holdfast {
namespace {

constexpr unsigned kDraws = 5'000;

HealthView draw_health(Random& random) {
  HealthView view;
  view.state = static_cast<HealthState>(random.below(4));
  view.forced = static_cast<Forced>(random.chance(0.8) ? 0 : random.below(3));
  view.share = static_cast<float>(random.below(100)) / 100.0F;
  view.srtt = std::chrono::milliseconds(1 + random.below(100));
  return view;
}

std::vector<Candidate> draw_candidates(Random& random) {
  std::vector<Candidate> candidates(1 + random.below(8));
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Candidate& candidate = candidates[i];
    candidate.id = static_cast<UpstreamId>(i);
    candidate.provider = static_cast<ProviderId>(random.below(4));
    candidate.tier = static_cast<std::uint8_t>(random.below(3));
    candidate.validates = random.chance(0.3);
    candidate.filters = random.chance(0.2);
    candidate.health = draw_health(random);
  }
  return candidates;
}

Selection draw_selection(Random& random) {
  Selection selection;
  selection.purpose = static_cast<Purpose>(random.below(4));
  selection.policy = static_cast<Policy>(random.below(3));
  selection.down_too = random.chance(0.3);
  selection.only_validating = random.chance(0.2);
  selection.only_filtering = random.chance(0.1);
  if (random.chance(0.3)) selection.allowed = random.u32();
  if (random.chance(0.2)) selection.only_tier = static_cast<std::uint8_t>(random.below(3));
  return selection;
}

bool is_sound(const HealthView& view) {
  return view.effective() == HealthState::up;
}

TEST(Selector, asks_each_upstream_at_most_once_and_only_those_it_may) {
  sim::SeededRandom random(20'251'122);
  for (unsigned draw = 0; draw < kDraws; ++draw) {
    SCOPED_TRACE("draw " + std::to_string(draw));
    const auto candidates = draw_candidates(random);
    Selection selection = draw_selection(random);
    for (std::size_t asked = 0;; ++asked) {
      ASSERT_LE(asked, candidates.size()) << "it does not come to an end";
      const auto chosen = select_next(candidates, selection, random);
      if (!chosen) break;
      ASSERT_LT(*chosen, candidates.size());
      ASSERT_EQ(selection.asked & only(*chosen), 0U) << "asked before";
      ASSERT_NE(selection.allowed & only(*chosen), 0U) << "not allowed";
      const Candidate& candidate = candidates[*chosen];
      ASSERT_FALSE(candidate.health.never_asked());
      ASSERT_TRUE(selection.down_too || candidate.health.usable());
      ASSERT_TRUE(!selection.only_validating || candidate.validates);
      ASSERT_TRUE(!selection.only_filtering || candidate.filters);
      ASSERT_TRUE(!selection.only_tier || candidate.tier == *selection.only_tier);
      selection.asked |= only(*chosen);
    }
  }
}

TEST(Selector, never_passes_over_a_sound_upstream_for_a_suspect_one) {
  sim::SeededRandom random(4);
  for (unsigned draw = 0; draw < kDraws; ++draw) {
    SCOPED_TRACE("draw " + std::to_string(draw));
    const auto candidates = draw_candidates(random);
    Selection selection;
    selection.down_too = random.chance(0.3);
    const auto chosen = select_next(candidates, selection, random);
    const bool any_sound =
        std::any_of(candidates.begin(), candidates.end(),
                    [](const Candidate& candidate) { return is_sound(candidate.health); });
    if (!chosen) {
      EXPECT_FALSE(any_sound);
      continue;
    }
    const HealthState state = candidates[*chosen].health.effective();
    EXPECT_TRUE(!any_sound || state == HealthState::up || state == HealthState::recovering);
  }
}

TEST(Selector, prefers_another_provider_among_equals) {
  sim::SeededRandom random(9);
  for (unsigned draw = 0; draw < kDraws; ++draw) {
    auto candidates = draw_candidates(random);
    for (Candidate& candidate : candidates)
      candidate.health = HealthView{};
    Selection selection;
    selection.purpose = Purpose::next;
    selection.asked = only(0);
    const auto chosen = select_next(candidates, selection, random);
    if (!chosen) continue;
    const bool other = std::any_of(
        candidates.begin(), candidates.end(),
        [&](const Candidate& candidate) { return candidate.provider != candidates[0].provider; });
    EXPECT_EQ(candidates[*chosen].provider != candidates[0].provider, other) << "draw " << draw;
  }
}

}  // namespace
}  // namespace holdfast
