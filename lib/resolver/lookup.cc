#include "resolver/lookup.h"

#include <algorithm>
#include <utility>

namespace holdfast {
namespace {

bool is_sound(const Candidate& candidate) noexcept {
  const Standing standing = standing_of(candidate.health, false);
  return standing == Standing::sound || standing == Standing::trial;
}

}  // namespace

void Lookup::start(LookupMeans means, TimePoint now) {
  const FailoverPolicy& policy = *plan_.policy;
  started_ = now;
  deadline_ = now + policy.lookup_deadline;
  stale_at_ = now + policy.stale_after;
  restrict_view(means);
  panic_ = in_panic(means);
  if (panic_) {
    stale_wanted_ = true;
    means.counters.panics.add();
  }
  ask_next(ExchangeReason::first, means, now);
  if (plan_.route->policy == Policy::race) ask_race(means, now);
}

/// split-view (and names that proved to be so): the cloud's answer or none, unless widen_view()
/// may.
void Lookup::restrict_view(LookupMeans means) noexcept {
  if (plan_.route->visibility != Visibility::split_view && !plan_.cloud_view_only) return;
  CandidateSet cloud = 0;
  for (std::size_t i = 0; i < means.candidates.size(); ++i) {
    if (means.candidates[i].upstream_class == UpstreamClass::cloud) cloud |= only(i);
  }
  if (cloud != 0) allowed_ = private_side_ = cloud;
}

/// Too few are usable; or none of those that may know this name at all.
bool Lookup::in_panic(LookupMeans means) const noexcept {
  if (usable_count(means.candidates) < plan_.route->min_usable) return true;
  if (plan_.route->allow_public_answers) return false;
  for (std::size_t i = 0; i < means.candidates.size(); ++i) {
    if ((allowed_ & only(i)) != 0 && means.candidates[i].health.usable()) return false;
  }
  return true;
}

/// The cloud has failed: the public view, where the operator allows it and nothing else is held.
bool Lookup::widen_view() noexcept {
  if (allowed_ == ~CandidateSet{0} || plan_.answer_held || !plan_.route->allow_public_answers) {
    return false;
  }
  allowed_ = ~CandidateSet{0};
  widened_ = true;
  return true;
}

Selection Lookup::selection(Purpose purpose) const noexcept {
  Selection selection;
  selection.purpose = purpose;
  selection.asked = asked_;
  selection.allowed = allowed_;
  selection.policy = plan_.route->policy;
  selection.down_too = panic_;
  selection.only_validating = only_validating_;
  return selection;
}

Duration Lookup::exchange_timeout(const Candidate& candidate) const noexcept {
  const FailoverPolicy& policy = *plan_.policy;
  if (candidate.upstream_class == UpstreamClass::ens) return policy.exchange_timeout_ens;
  const bool fast =
      candidate.health.measured && candidate.health.p99 <= policy.exchange_timeout_fast / 2;
  return fast ? policy.exchange_timeout_fast : policy.exchange_timeout;
}

void Lookup::add_attempt(const Ask& ask, const Candidate& candidate, TimePoint now) noexcept {
  Attempt& attempt = attempts_[attempt_count_];
  attempt = Attempt{};
  attempt.ask = ask;
  attempt.ask.attempt = attempt_count_++;
  attempt.started = now;
  attempt.times_out = now + exchange_timeout(candidate);
  attempt.rival = ask.reason == ExchangeReason::hedge;
  asks_[asked_now_++] = attempt.ask;
  asked_ |= only(ask.candidate);
  if (!hedged_ && waiting() == 1) {
    const Duration delay = std::clamp(candidate.health.p95, plan_.policy->hedge_min,
                                      std::max(plan_.policy->hedge_min, plan_.policy->hedge_max));
    hedge_at_ = now + delay;
  }
}

bool Lookup::ask_same(const Attempt& attempt, const Ask& ask, LookupMeans means, TimePoint now) {
  if (attempt_count_ == kMaxAttempts) return false;
  add_attempt(ask, means.candidates[ask.candidate], now);
  attempts_[attempt_count_ - 1].rival = attempt.rival;
  attempts_[attempt_count_ - 1].last_resort = attempt.last_resort;
  return true;
}

/// The same upstream again, in the other form that its reply calls for; false if it has been asked
/// like that, or the reply calls for nothing of the kind.
bool Lookup::ask_same_as_told(const Attempt& attempt, Disposition told, LookupMeans means,
                              TimePoint now) {
  Ask ask = attempt.ask;
  // Another site of it refuses the cookie that the first one gave: a connection needs none.
  const bool stale_cookie = ask.reason == ExchangeReason::cookie;
  if (told == Disposition::retry_cookie && !ask.over_tcp && !stale_cookie) {
    ask.reason = ExchangeReason::cookie;
  } else if (told == Disposition::retry_tcp || told == Disposition::retry_cookie) {
    if (std::exchange(ask.over_tcp, true)) return false;
    ask.reason = ExchangeReason::tcp;
  } else if (told == Disposition::retry_plain) {
    if (!std::exchange(ask.edns, false)) return false;
    ask.reason = ask.over_tcp ? ExchangeReason::tcp : ExchangeReason::plain;
  } else {
    return false;
  }
  return ask_same(attempt, ask, means, now);
}

/// The first retry and leaving a suspect upstream are free; later retries cost.
bool Lookup::may_ask(ExchangeReason reason, LookupMeans means) {
  if (attempt_count_ == kMaxAttempts) return false;
  // A second round comes after all have been asked: it is no first retry, unless of the only one.
  const bool second_round = forgiven_ != 0 && attempt_count_ > 1;
  if (reason != ExchangeReason::retry || (retries_++ == 0 && !second_round)) return true;
  if (means.retries.take()) return true;
  means.counters.retries_refused.add();
  return false;
}

std::optional<std::size_t> Lookup::pick(LookupMeans means) {
  const Purpose purpose = attempt_count_ == 0 ? Purpose::first : Purpose::next;
  auto chosen = select_next(means.candidates, selection(purpose), means.random);
  // Doubt about the cloud is no reason to ask the public: it has to fail.
  if (!chosen && waiting() == 0 && widen_view())
    chosen = select_next(means.candidates, selection(purpose), means.random);
  return chosen;
}

/// Everybody usable has failed; one that is down may be back before its next probe.
std::optional<std::size_t> Lookup::pick_last_resort(LookupMeans means) noexcept {
  Selection selected = selection(Purpose::next);
  selected.down_too = true;
  return select_next(means.candidates, selected, means.random);
}

/// Nobody is left: those that were merely silent are asked once more, a datagram may be lost.
bool Lookup::forgive_silent() noexcept {
  CandidateSet again = 0;
  for (const Attempt& attempt : attempts()) {
    const bool silent = attempt.state == Attempt::State::timed_out;
    if (silent && (forgiven_ & only(attempt.ask.candidate)) == 0)
      again |= only(attempt.ask.candidate);
  }
  asked_ &= ~again;
  forgiven_ |= again;
  if (again == 0) return false;
  stale_wanted_ = true;  // all have been asked: what is held need not wait any longer
  return true;
}

void Lookup::ask_next(ExchangeReason reason, LookupMeans means, TimePoint now) {
  auto chosen = pick(means);
  bool last_resort = false;
  if (!chosen) {
    chosen = pick_last_resort(means);
    last_resort = chosen.has_value();
    stale_wanted_ |= last_resort;  // what is held need not wait any longer
  }
  if (!chosen && waiting() == 0 && forgive_silent()) chosen = pick(means);
  if (!chosen || !may_ask(reason, means)) {
    settle();
    return;
  }
  // A server that is silent to EDNS may speak without (RFC 6891 6.2.2): tried on the second asking.
  const bool edns = (forgiven_ & only(*chosen)) == 0;
  const Ask ask{0, static_cast<std::uint8_t>(*chosen), reason, false, edns};
  add_attempt(ask, means.candidates[*chosen], now);
  if (!last_resort) return;
  // Most likely it is down as we think: nobody waits long for it.
  Attempt& attempt = attempts_[attempt_count_ - 1];
  attempt.last_resort = true;
  attempt.times_out = std::min(attempt.times_out, now + plan_.policy->exchange_timeout_fast);
}

/// What a validator or a filter may yet say is final: no rival without its mark may be quicker.
void Lookup::keep_to_marks(const Candidate& asked, Selection& rivals) const noexcept {
  rivals.only_validating |= asked.validates && !plan_.route->trust_unvalidated;
  rivals.only_filtering |= asked.filters;
}

void Lookup::ask_race(LookupMeans means, TimePoint now) {
  hedge_at_ = kForever;
  hedged_ = true;  // the rivals are there already
  for (unsigned n = 1; n < plan_.route->race_width && running() && attempt_count_ > 0; ++n) {
    Selection rivals = selection(Purpose::racer);
    const Candidate& first = means.candidates[attempts_[0].ask.candidate];
    rivals.only_tier = first.tier;
    keep_to_marks(first, rivals);
    const auto chosen = select_next(means.candidates, rivals, means.random);
    if (!chosen || attempt_count_ == kMaxAttempts) return;
    const Ask ask{0, static_cast<std::uint8_t>(*chosen), ExchangeReason::race, false, true};
    add_attempt(ask, means.candidates[*chosen], now);
  }
}

void Lookup::hedge(LookupMeans means, TimePoint now) {
  hedge_at_ = kForever;
  const auto asked = std::ranges::find(attempts(), Attempt::State::waiting, &Attempt::state);
  if (asked == attempts().end() || attempt_count_ == kMaxAttempts) return;
  const Candidate& slow = means.candidates[asked->ask.candidate];
  Selection rivals = selection(Purpose::rival);
  // Latency alone never crosses tiers; an upstream in doubt has the next tier in play.
  const bool in_doubt = slow.health.effective() != HealthState::up;
  if (plan_.route->hedge == HedgeReach::tier && !in_doubt) rivals.only_tier = slow.tier;
  keep_to_marks(slow, rivals);
  const auto chosen = select_next(means.candidates, rivals, means.random);
  if (!chosen) return;
  if (!means.hedges.take()) {
    means.counters.hedges_refused.add();
    return;
  }
  hedged_ = true;  // one hedge a lookup
  const Ask ask{0, static_cast<std::uint8_t>(*chosen), ExchangeReason::hedge, false, true};
  add_attempt(ask, means.candidates[*chosen], now);
}

unsigned Lookup::waiting() const noexcept {
  return static_cast<unsigned>(
      std::ranges::count(attempts(), Attempt::State::waiting, &Attempt::state));
}

/// Called when nothing more is asked: ends the lookup unless an exchange may still bring something.
/// One that timed out may: until the deadline a late answer is better than none.
void Lookup::settle() noexcept {
  if (waiting() > 0) return;
  const bool late_possible = std::ranges::any_of(attempts(), [](const Attempt& attempt) {
    return attempt.state == Attempt::State::timed_out && !attempt.last_resort;
  });
  if (negative_ || !late_possible || only_validating_) {
    conclude();
  } else {
    stale_wanted_ = true;  // what is held need not wait any longer
  }
}

/// Ends with what there is.
void Lookup::conclude() noexcept {
  if (negative_) accepted_ = *negative_;
  end(negative_ ? Ending::answer : Ending::exhausted);
}

/// To leave a suspect upstream is never refused.
ExchangeReason Lookup::why_leave(const Attempt& attempt, LookupMeans means) const noexcept {
  const Candidate& left = means.candidates[attempt.ask.candidate];
  const bool again = (forgiven_ & only(attempt.ask.candidate)) != 0;
  return left.health.effective() == HealthState::suspect && !again ? ExchangeReason::suspect
                                                                   : ExchangeReason::retry;
}

/// But silence for silence is no escape: when all are slow alike, it is paid for.
ExchangeReason Lookup::why_leave_silent(const Attempt& attempt, LookupMeans means) const noexcept {
  for (std::size_t i = 0; i < means.candidates.size(); ++i) {
    const bool left = (asked_ & only(i)) == 0 && (allowed_ & only(i)) != 0;
    if (left && is_sound(means.candidates[i])) return why_leave(attempt, means);
  }
  return ExchangeReason::retry;
}

void Lookup::on_answer(const Accepted& answer, LookupMeans means, TimePoint now) {
  const std::uint8_t number = answer.attempt;
  const Outcome kind = answer.kind;
  Attempt& attempt = attempts_[number];
  if (!running() || attempt.state == Attempt::State::overruled) return;
  if (attempt.state == Attempt::State::timed_out) {
    means.counters.of(means.candidates[attempt.ask.candidate].id).late.add();
  }
  attempt.state = Attempt::State::answered;
  attempt.outcome = kind;
  attempt.ended = now;
  const bool race = plan_.route->policy == Policy::race;
  const bool rival = race || attempt.rival;
  if (is_negative(kind) && !answer.final_word && answer.doubt) {
    const bool first = !doubt_;
    if (first) negative_ = number;
    return first ? begin_turn(*answer.doubt, means, now) : second_turn(number, kind, means, now);
  }
  if (is_negative(kind) && !answer.final_word && rival && waiting() > 0) {
    if (!negative_) {
      negative_ = number;
      grace_until_ = now + plan_.policy->negative_grace;
    }
    return;
  }
  accepted_ = number;
  end(Ending::answer);
}

void Lookup::on_failed(std::uint8_t number, const Verdict& verdict, LookupMeans means,
                       TimePoint now) {
  Attempt& attempt = attempts_[number];
  if (!running() || attempt.state == Attempt::State::overruled) return;
  const bool was_waiting = attempt.state == Attempt::State::waiting;
  attempt.state = Attempt::State::failed;
  attempt.outcome = verdict.outcome;
  attempt.ended = now;
  if (verdict.ede) ede_ = verdict.ede;
  if (verdict.blocked) {
    verdict_ = verdict.outcome;
    end(Ending::verdict);
    return;
  }
  const Candidate& candidate = means.candidates[attempt.ask.candidate];
  const bool validated =
      verdict.bogus || (verdict.outcome == Outcome::servfail && candidate.validates);
  if (validated && !plan_.route->trust_unvalidated) overrule_unvalidated(means);
  if (ask_same_as_told(attempt, row(verdict.outcome).disposition, means, now)) return;
  if (doubt_) {
    settle_turn(means, now);
    return;
  }
  if (negative_ && waiting() == 0) {
    settle();
    return;
  }
  if (!was_waiting) {  // its time-out has moved the lookup on already
    settle();
    return;
  }
  if (plan_.route->policy == Policy::race && waiting() > 0) {
    // A rival that fails leaves the others their grace before anybody else is asked.
    if (grace_until_ == kForever) grace_until_ = now + plan_.policy->negative_grace;
    return;
  }
  ask_next(why_leave(attempt, means), means, now);
}

/// A validator's SERVFAIL may go on to another validator only, and neither a rival nor what is held
/// stale replaces it.
void Lookup::overrule_unvalidated(LookupMeans means) noexcept {
  only_validating_ = true;
  negative_.reset();
  doubt_.reset();
  for (Attempt& attempt : own_attempts()) {
    if (means.candidates[attempt.ask.candidate].validates) continue;
    if (attempt.state == Attempt::State::waiting || attempt.state == Attempt::State::timed_out) {
      attempt.state = Attempt::State::overruled;
    }
  }
}

void Lookup::on_suspect(UpstreamId upstream, LookupMeans means, TimePoint now) {
  if (!running() || doubt_) return;
  const Attempt* waits_here = nullptr;
  for (const Attempt& attempt : attempts()) {
    if (attempt.state != Attempt::State::waiting) continue;
    const Candidate& candidate = means.candidates[attempt.ask.candidate];
    if (candidate.id == upstream) {
      waits_here = &attempt;
    } else if (is_sound(candidate)) {
      return;  // somebody sound is being asked; one in doubt is no reason to stay
    }
  }
  if (waits_here == nullptr) return;
  ask_next(why_leave_silent(*waits_here, means), means, now);
}

void Lookup::time_out_attempts(LookupMeans means, TimePoint now) {
  const Attempt* last = nullptr;
  for (Attempt& attempt : own_attempts()) {
    if (attempt.state != Attempt::State::waiting || attempt.times_out > now) continue;
    attempt.state = Attempt::State::timed_out;
    attempt.ended = now;
    last = &attempt;
  }
  if (last != nullptr && waiting() == 0) ask_next(why_leave_silent(*last, means), means, now);
}

void Lookup::on_time(LookupMeans means, TimePoint now) {
  if (!running()) return;
  if (doubt_) {
    settle_turn(means, now);
    return;
  }
  if (now >= deadline_) {
    for (Attempt& attempt : own_attempts()) {
      if (attempt.state == Attempt::State::waiting) attempt.state = Attempt::State::timed_out;
    }
    conclude();
    return;
  }
  if (now >= stale_at_) {
    stale_at_ = kForever;
    stale_wanted_ = true;
  }
  if (now >= grace_until_) {
    grace_until_ = kForever;
    if (negative_) {
      accepted_ = *negative_;
      end(Ending::answer);
      return;
    }
    ask_next(ExchangeReason::retry, means, now);
  }
  if (now >= hedge_at_) hedge(means, now);
  time_out_attempts(means, now);
}

TimePoint Lookup::next_event() const noexcept {
  if (!running()) return kForever;
  if (doubt_) return turn_until_;
  TimePoint next = std::min({deadline_, stale_at_, hedge_at_, grace_until_});
  for (const Attempt& attempt : attempts()) {
    if (attempt.state == Attempt::State::waiting) next = std::min(next, attempt.times_out);
  }
  return next;
}

}  // namespace holdfast
