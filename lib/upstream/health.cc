#include "upstream/health.h"

#include <algorithm>

namespace holdfast {

// How the states follow each other:
//
//   up ──suspicion──► suspect ──hard or enough soft evidence──► down
//    ▲                  │  │                                      │
//    │   cleared soon   │  │ `rise` answers running               │ `rise` answers running
//    ├──────────────────┘  ▼                                      │
//    └──slow start done── recovering ◄────────────────────────────┘
//
// A suspicion that clears at once (a short stall) leads straight back; one that lasted leads
// through slow start, so that an upstream that loses a third of its packets cannot have all queries
// back by three lucky probes.

const char* to_string(Cause cause) noexcept {
  switch (cause) {
    case Cause::start:
      return "start";
    case Cause::overdue:
      return "overdue";
    case Cause::failures_running:
      return "failures_running";
    case Cause::low_ratio:
      return "low_ratio";
    case Cause::silent:
      return "silent";
    case Cause::probe_failed:
      return "probe_failed";
    case Cause::answers_again:
      return "answers_again";
    case Cause::slow_start_done:
      return "slow_start_done";
    case Cause::saved:
      return "saved";
    case Cause::network_change:
      return "network_change";
    case Cause::no_address:
      return "no_address";
    case Cause::address_found:
      return "address_found";
    case Cause::loop:
      return "loop";
    case Cause::loop_over:
      return "loop_over";
  }
  return "?";
}

namespace {

/// What came between two ticks has no order; if it is more than the window, its mix is what counts.
void push_mix(GoodWindow& window, std::uint64_t good, std::uint64_t bad) {
  const std::uint64_t total = good + bad;
  const std::uint64_t room = window.capacity();
  const std::uint64_t bad_share = total <= room ? bad : (bad * room + total / 2) / total;
  const std::uint64_t good_share = std::min(good, room - std::min(room, bad_share));
  for (std::uint64_t i = 0; i < bad_share; ++i)
    window.push(false);
  for (std::uint64_t i = 0; i < good_share; ++i)
    window.push(true);
}

}  // namespace

HealthView initial_view(const FailoverPolicy& policy) {
  HealthView view;
  view.p95 = view.p99 = view.srtt = policy.initial_rtt;
  return view;
}

Duration overdue_after(const FailoverPolicy& policy, Duration p95) noexcept {
  const auto by_p95 = static_cast<double>(p95.count()) * policy.overdue_factor;
  return std::max(policy.overdue_floor, Duration(static_cast<Duration::rep>(by_p95)));
}

Health::Health(const FailoverPolicy& policy, TimePoint now)
    : policy_(policy),
      since_(now),
      window_(static_cast<std::size_t>(policy.window)),
      answered_(static_cast<std::size_t>(policy.window)) {}

void Health::set_policy(const FailoverPolicy& policy) {
  if (policy.window != policy_.window) {
    window_ = GoodWindow(static_cast<std::size_t>(policy.window));
    answered_ = GoodWindow(static_cast<std::size_t>(policy.window));
  }
  policy_ = policy;
}

Transition Health::enter(HealthState next, Cause cause, TimePoint now) {
  const Transition transition{now, state_, next, cause};
  state_ = next;
  cause_ = cause;
  since_ = now;
  successes_ = 0;
  if (next == HealthState::suspect) probe_wanted_ = true;
  if (next == HealthState::up || next == HealthState::recovering) {
    window_.clear();
    answered_.clear();
  }
  return transition;
}

bool Health::in_time(Duration rtt) const {
  return rtt <= overdue_after(policy_, view(since_).p95);
}

void Health::push(const EvidenceDelta& delta) {
  for (std::uint64_t i = 0; i < delta.retracted; ++i) {
    if (!window_.retract_bad()) break;
  }
  push_mix(window_, delta.good, delta.bad);
  push_mix(answered_, delta.good + delta.late, delta.failed);
}

std::optional<Transition> Health::observe(const EvidenceDelta& delta, TimePoint now) {
  push(delta);
  for (std::size_t bucket = 0; bucket < delta.rtt.size(); ++bucket)
    rtt_.add(bucket, delta.rtt[bucket]);
  if (delta.last_answer > last_answer_) {
    last_answer_ = delta.last_answer;
    silent_since_ = kForever;
  }
  silent_since_ = std::min(silent_since_, delta.oldest_unanswered);
  if (delta.answers > 0) last_accepted_ = std::max(last_accepted_, delta.last_answer);
  if (delta.unproven > 0) {
    unproven_ += delta.unproven;
    probe_wanted_ = true;
  }
  if (delta.good > 0) unproven_ = 0;  // it does answer others' questions
  if (state_ == HealthState::up || state_ == HealthState::recovering) return suspicion(delta, now);
  return recovery(delta, now);
}

std::optional<Transition> Health::suspicion(const EvidenceDelta& delta, TimePoint now) {
  if (delta.failure_runs > 0) {
    return enter(HealthState::suspect, Cause::failures_running, now);
  }
  if (delta.stalls > 0) return enter(HealthState::suspect, Cause::overdue, now);
  if (window_.below(policy_.suspect_below, policy_.min_samples)) {
    return enter(HealthState::suspect, Cause::low_ratio, now);
  }
  return std::nullopt;
}

std::optional<Transition> Health::recovery(const EvidenceDelta& delta, TimePoint now) {
  if (delta.bad > 0 || delta.stalls > 0 || delta.failure_runs > 0) {
    successes_ = 0;
    return std::nullopt;
  }
  if (delta.good > 0 && clears_at_once(now)) {
    return enter(HealthState::up, Cause::answers_again, now);
  }
  // A late answer is an answer to one that is down, and none to one that is suspect of being slow.
  const auto count = state_ == HealthState::down ? delta.answers : delta.good;
  return success(static_cast<unsigned>(std::min<std::uint64_t>(count, 1000)), now);
}

/// A stall that is over: silence was all there was against it. Failures weigh more than one answer.
bool Health::clears_at_once(TimePoint now) const {
  return state_ == HealthState::suspect && now - since_ <= policy_.suspect_brief &&
         (cause_ == Cause::overdue || cause_ == Cause::probe_failed);
}

std::optional<Transition> Health::success(unsigned count, TimePoint now) {
  successes_ += count;
  if (count == 0 || successes_ < static_cast<unsigned>(policy_.rise)) return std::nullopt;
  return enter(HealthState::recovering, Cause::answers_again, now);
}

std::optional<Transition> Health::probe_answered(Duration rtt, TimePoint now) {
  const bool prompt = in_time(rtt);
  last_probe_failed_ = false;
  last_answer_ = now;
  silent_since_ = kForever;
  unproven_ = 0;  // the failures were their questions' fault
  rtt_.add(rtt);
  if (state_ == HealthState::up || state_ == HealthState::recovering) return std::nullopt;
  if (state_ == HealthState::suspect) {
    if (!prompt) {
      successes_ = 0;
      return std::nullopt;
    }
    if (clears_at_once(now)) return enter(HealthState::up, Cause::answers_again, now);
  }
  return success(1, now);
}

std::optional<Transition> Health::probe_failed(bool silent, TimePoint sent_at, TimePoint now) {
  successes_ = 0;
  // While real queries succeed a failing probe only marks the status.
  const TimePoint lately = silent ? sent_at : sent_at - policy_.probe_suspect;
  const bool in_use = state_ == HealthState::up || state_ == HealthState::recovering;
  if (in_use && last_accepted_ >= lately) return std::nullopt;
  last_probe_failed_ = true;
  if (silent) silent_since_ = std::min(silent_since_, sent_at);
  EvidenceDelta proven;
  proven.bad = proven.failed = unproven_ + 1;
  unproven_ = 0;
  push(proven);
  if (state_ == HealthState::up || state_ == HealthState::recovering) {
    return enter(HealthState::suspect, Cause::probe_failed, now);
  }
  return std::nullopt;
}

Ejection Health::wants_down(TimePoint now) const {
  if (state_ != HealthState::suspect) return Ejection::none;
  if (last_probe_failed_ && silent_since_ != kForever &&
      now - silent_since_ >= policy_.silent_down) {
    return Ejection::hard;
  }
  // A suspicion as old as this was no stall: then, or with a probe's word, the ratio decides. One
  // that is only slow stays suspect: its answers are worth having when there are no others.
  const bool confirmed = last_probe_failed_ || now - since_ >= policy_.suspect_brief;
  if (confirmed && answered_.below(policy_.down_below, policy_.min_samples)) return Ejection::soft;
  return Ejection::none;
}

Transition Health::eject(Cause cause, TimePoint now) {
  return enter(HealthState::down, cause, now);
}

std::optional<Transition> Health::tick(TimePoint now) {
  if (state_ != HealthState::recovering || now - since_ < policy_.slow_start) return std::nullopt;
  return enter(HealthState::up, Cause::slow_start_done, now);
}

Transition Health::forget(Cause cause, TimePoint now) {
  const Transition transition{now, state_, HealthState::up, cause};
  state_ = HealthState::up;
  cause_ = cause;
  since_ = now;
  window_.clear();
  answered_.clear();
  rtt_.clear();
  unproven_ = 0;
  successes_ = 0;
  last_probe_failed_ = false;
  probe_wanted_ = true;
  last_answer_ = last_accepted_ = kNever;
  silent_since_ = kForever;
  return transition;
}

std::optional<Transition> Health::restore(HealthState saved, TimePoint now) {
  if (saved == HealthState::up) return std::nullopt;
  return enter(HealthState::suspect, Cause::saved, now);
}

HealthView Health::view(TimePoint now) const {
  HealthView view = initial_view(policy_);
  view.state = state_;
  if (state_ == HealthState::recovering) {
    const auto done = static_cast<double>((now - since_).count()) /
                      static_cast<double>(std::max<Duration::rep>(1, policy_.slow_start.count()));
    const double share = policy_.slow_start_from + (1 - policy_.slow_start_from) * done;
    view.share = static_cast<float>(std::clamp(share, 0.0, 1.0));
  }
  if (static_cast<double>(rtt_.samples()) < policy_.rtt_min_samples) return view;
  view.measured = true;
  view.p95 = rtt_.percentile(0.95);
  view.p99 = rtt_.percentile(0.99);
  view.srtt = rtt_.smoothed();
  return view;
}

}  // namespace holdfast
