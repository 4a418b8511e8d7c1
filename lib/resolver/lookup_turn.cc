// The Lookup's guard against sudden absence: a negative answer about a name that had a record waits
// while the other providers are asked.
#include <algorithm>

#include "resolver/lookup.h"

namespace holdfast {
namespace {

constexpr unsigned kMostWitnesses = 3;

}  // namespace

/// The answer is doubted: all others that may answer are asked at once, and have as long as each
/// other.
void Lookup::begin_turn(const Doubt& doubt, LookupMeans means, TimePoint now) {
  doubt_ = doubt;
  grace_until_ = hedge_at_ = kForever;
  hedged_ = true;
  turn_until_ = std::min(now + plan_.policy->turn_wait, deadline_);
  for (unsigned n = 0; n < kMostWitnesses && attempt_count_ < kMaxAttempts; ++n) {
    Selection witnesses = selection(Purpose::witness);
    witnesses.down_too = true;  // it may be back, and without it the turn may stay undecided
    const auto chosen = select_next(means.candidates, witnesses, means.random);
    if (!chosen) break;
    const Ask ask{0, static_cast<std::uint8_t>(*chosen), ExchangeReason::witness, false, true};
    add_attempt(ask, means.candidates[*chosen], now);
  }
  settle_turn(means, now);
}

/// One more negative answer during the turn.
void Lookup::second_turn(std::uint8_t number, Outcome kind, LookupMeans means, TimePoint now) {
  // Of two that agree, the one that denies less is given out: a type, not the whole name.
  if (kind == Outcome::nodata && attempts_[*negative_].outcome == Outcome::nxdomain) {
    negative_ = number;
  }
  settle_turn(means, now);
}

/// Decides if there is enough to decide on.
void Lookup::settle_turn(LookupMeans means, TimePoint now) noexcept {
  const Absence absence = judge_absence(*doubt_, opinions(means, now));
  if (absence == Absence::undecided) return;
  accepted_ = *negative_;
  absence_ = absence;
  end(absence == Absence::believed ? Ending::answer : Ending::held);
}

Opinions Lookup::opinions(LookupMeans means, TimePoint now) const noexcept {
  Opinions opinions;
  opinions.all_have_spoken = waiting() == 0 || now >= turn_until_;
  std::array<ProviderId, kMaxAttempts> gone{};
  const auto spoken = std::span(gone);
  for (const Attempt& attempt : attempts()) {
    if (attempt.state != Attempt::State::answered || !is_negative(attempt.outcome)) continue;
    const Candidate& candidate = means.candidates[attempt.ask.candidate];
    opinions.class_says_gone |= candidate.upstream_class == doubt_->held_class;
    const auto before = spoken.first(opinions.gone);
    if (std::ranges::find(before, candidate.provider) == before.end()) {
      gone[opinions.gone++] = candidate.provider;
    }
  }
  const ProviderId first = means.candidates[attempts_[*negative_].ask.candidate].provider;
  for (std::size_t i = 0; i < means.candidates.size(); ++i) {
    if ((allowed_ & only(i)) == 0) continue;
    opinions.class_may_speak |= means.candidates[i].upstream_class == doubt_->held_class;
    opinions.others_may_speak |= means.candidates[i].provider != first;
  }
  return opinions;
}

}  // namespace holdfast
