#include "route/selector.h"

#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

/// Gives the same bits again and again.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(double unit) : bits_(static_cast<std::uint32_t>(unit * 4294967295.0)) {}

  std::uint32_t u32() noexcept override { return bits_; }

 private:
  std::uint32_t bits_;
};

/// Two upstreams of provider 0 in tier 0, one of provider 1 there, one of provider 2 in tier 1.
std::vector<Candidate> four() {
  std::vector<Candidate> candidates(4);
  for (std::size_t i = 0; i < candidates.size(); ++i)
    candidates[i].id = static_cast<UpstreamId>(i);
  candidates[2].provider = ProviderId{1};
  candidates[3].provider = ProviderId{2};
  candidates[3].tier = 1;
  return candidates;
}

std::optional<std::size_t> choose(const std::vector<Candidate>& candidates,
                                  const Selection& selection) {
  FixedRandom random(0.5);
  return select_next(candidates, selection, random);
}

TEST(Selector, begins_with_the_first_of_the_best_tier) {
  EXPECT_EQ(choose(four(), {}), 0U);
}

TEST(Selector, goes_to_another_provider_before_another_of_the_same) {
  Selection selection;
  selection.purpose = Purpose::next;
  selection.asked = only(0);
  EXPECT_EQ(choose(four(), selection), 2U);
  selection.asked |= only(2);
  EXPECT_EQ(choose(four(), selection), 3U);
  selection.asked |= only(3);
  EXPECT_EQ(choose(four(), selection), 1U);
  selection.asked |= only(1);
  EXPECT_EQ(choose(four(), selection), std::nullopt);
}

TEST(Selector, asks_one_whose_budget_is_low_only_what_must_be_asked) {
  auto candidates = four();
  candidates[2].spares = false;
  Selection selection;
  selection.purpose = Purpose::next;
  selection.asked = only(0);
  EXPECT_EQ(choose(candidates, selection), 2U);
  selection.only_tier = 0;
  selection.purpose = Purpose::rival;
  EXPECT_EQ(choose(candidates, selection), std::nullopt);
  selection.purpose = Purpose::racer;
  EXPECT_EQ(choose(candidates, selection), 1U) << "of the same provider, if need be";
  candidates[1].spares = false;
  EXPECT_EQ(choose(candidates, selection), std::nullopt);
}

TEST(Selector, takes_a_sound_upstream_of_the_next_tier_before_a_suspect_one) {
  auto candidates = four();
  for (std::size_t i = 0; i < 3; ++i)
    candidates[i].health.state = HealthState::suspect;
  EXPECT_EQ(choose(candidates, {}), 3U);
  candidates[3].health.state = HealthState::suspect;
  EXPECT_EQ(choose(candidates, {}), 0U);
}

TEST(Selector, asks_those_that_are_down_only_when_told_and_last) {
  auto candidates = four();
  for (Candidate& candidate : candidates)
    candidate.health.state = HealthState::down;
  Selection selection;
  EXPECT_EQ(choose(candidates, selection), std::nullopt);
  selection.down_too = true;
  EXPECT_EQ(choose(candidates, selection), 0U);
  candidates[3].health.state = HealthState::suspect;
  EXPECT_EQ(choose(candidates, selection), 3U);
}

TEST(Selector, obeys_the_operator_before_the_state) {
  auto candidates = four();
  candidates[0].health.forced = Forced::down;
  candidates[1].health.state = HealthState::down;
  candidates[1].health.forced = Forced::up;
  EXPECT_EQ(choose(candidates, {}), 1U);
}

TEST(Selector, gives_a_recovering_upstream_its_share_and_no_more) {
  auto candidates = four();
  candidates[0].health.state = HealthState::recovering;
  candidates[0].health.share = 0.3F;
  FixedRandom within(0.2);
  FixedRandom beyond(0.4);
  EXPECT_EQ(select_next(candidates, {}, within), 0U);
  EXPECT_EQ(select_next(candidates, {}, beyond), 1U);
  candidates.resize(1);
  EXPECT_EQ(select_next(candidates, {}, beyond), 0U);  // with no other it takes all
}

TEST(Selector, gives_a_rival_only_of_another_provider_and_only_a_sound_one) {
  Selection rival;
  rival.purpose = Purpose::rival;
  rival.asked = only(0);
  auto candidates = four();
  EXPECT_EQ(choose(candidates, rival), 2U);
  rival.only_tier = std::uint8_t{0};
  candidates[2].health.state = HealthState::suspect;
  EXPECT_EQ(choose(candidates, rival), std::nullopt);
}

TEST(Selector, lets_one_provider_race_itself_if_it_must) {
  Selection racer;
  racer.purpose = Purpose::racer;
  racer.asked = only(0);
  racer.only_tier = std::uint8_t{0};
  auto candidates = four();
  EXPECT_EQ(choose(candidates, racer), 2U);
  candidates[2].health.state = HealthState::suspect;
  EXPECT_EQ(choose(candidates, racer), 1U);
}

TEST(Selector, keeps_to_what_is_allowed_and_to_validators_when_told) {
  Selection selection;
  selection.allowed = only(1) | only(3);
  EXPECT_EQ(choose(four(), selection), 1U);
  auto candidates = four();
  candidates[3].validates = true;
  selection.only_validating = true;
  EXPECT_EQ(choose(candidates, selection), 3U);
  selection.only_filtering = true;
  EXPECT_EQ(choose(candidates, selection), std::nullopt);
  candidates[3].filters = true;
  EXPECT_EQ(choose(candidates, selection), 3U);
}

TEST(Selector, takes_the_faster_of_two_under_policy_fastest) {
  auto candidates = four();
  candidates.resize(3);
  candidates[0].health.srtt = 30ms;
  candidates[1].health.srtt = 10ms;
  candidates[2].health.srtt = 20ms;
  Selection selection;
  selection.policy = Policy::fastest;

  class TwoDraws final : public Random {
   public:
    std::uint32_t u32() noexcept override { return draw_++ == 0 ? 0 : 0xffffffff; }

   private:
    unsigned draw_ = 0;
  } random;

  EXPECT_EQ(select_next(candidates, selection, random), 2U);  // of the first and the last
}

TEST(Selector, counts_the_usable) {
  auto candidates = four();
  candidates[0].health.state = HealthState::down;
  candidates[1].health.state = HealthState::suspect;
  candidates[2].health.forced = Forced::down;
  EXPECT_EQ(usable_count(candidates), 2U);
}

}  // namespace
}  // namespace holdfast
