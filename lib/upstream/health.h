// Health: the state machine of one upstream, up → suspect → down → recovering → up, fed with
// evidence and probe results, on virtual time. It returns what changed; who calls it publishes,
// counts and logs. No sockets, no clock, no other upstream: floors and ejection limits across
// upstreams are checker.h's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/counters.h"
#include "base/time.h"
#include "upstream/good_window.h"
#include "upstream/health_board.h"
#include "upstream/policy.h"
#include "upstream/rtt_window.h"

namespace holdfast {

/// Differences of the workers' evidence since the last tick, summed over workers.
struct EvidenceDelta {
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  std::uint64_t retracted = 0;  // overdue ones that were the question's fault after all
  std::uint64_t failed = 0;     // of the bad ones; the rest was overdue and may still come
  std::uint64_t late = 0;       // came at last: slow, not failed
  std::uint64_t unproven = 0;
  std::uint64_t answers = 0;
  std::uint64_t stalls = 0;  // quick suspicions of the workers: overdue with no answer since …
  std::uint64_t failure_runs = 0;          // … or failures running
  TimePoint last_answer = kNever;          // the latest over workers
  TimePoint oldest_unanswered = kForever;  // the earliest over workers
  std::array<std::uint32_t, Histogram::kBuckets> rtt{};
};

/// Why a state was entered; metric label and log word.
enum class Cause : std::uint8_t {
  start,
  overdue,  // exchanges overdue and no answer since the oldest was sent
  failures_running,
  low_ratio,  // too few good outcomes in the window
  silent,     // no answer at all, and a failed probe
  probe_failed,
  answers_again,
  slow_start_done,
  saved,  // restored after a restart
  network_change,
  no_address,  // it is not known yet where it is: there is nothing to send to
  address_found,
  loop,  // what is sent to it comes back to us
  loop_over,
};
[[nodiscard]] const char* to_string(Cause cause) noexcept;

/// Hard evidence may take every upstream down; soft evidence respects floors.
enum class Ejection : std::uint8_t { none, soft, hard };

struct Transition {
  TimePoint at;
  HealthState from = HealthState::up;
  HealthState to = HealthState::up;
  Cause cause = Cause::start;
};

/// What is assumed of an upstream nobody has measured yet: up, and as fast as policy.initial_rtt.
[[nodiscard]] HealthView initial_view(const FailoverPolicy& policy);

/// An exchange older than this is overdue: max(overdue_factor × p95, overdue_floor).
[[nodiscard]] Duration overdue_after(const FailoverPolicy& policy, Duration p95) noexcept;

class Health {
 public:
  Health(const FailoverPolicy& policy, TimePoint now);

  /// Takes what the workers saw. Suspicion begins and ends here; down is only proposed, see
  /// wants_down().
  std::optional<Transition> observe(const EvidenceDelta& delta, TimePoint now);

  /// A probe was answered as by a working resolver, after `rtt`.
  std::optional<Transition> probe_answered(Duration rtt, TimePoint now);
  /// A probe failed; `silent` if nothing came at all, and it was sent at `sent_at`.
  std::optional<Transition> probe_failed(bool silent, TimePoint sent_at, TimePoint now);

  /// Would this upstream go down now, and on what evidence? The caller decides (floors, velocity) …
  [[nodiscard]] Ejection wants_down(TimePoint now) const;
  /// … and says so.
  Transition eject(Cause cause, TimePoint now);

  /// Ends slow start.
  std::optional<Transition> tick(TimePoint now);

  /// Nothing is known any more (resume from sleep, changed route or address, an address at last):
  /// up until shown otherwise, and a probe is wanted.
  Transition forget(Cause cause, TimePoint now);
  /// What was saved before a restart: a saved `down` counts as suspect.
  std::optional<Transition> restore(HealthState saved, TimePoint now);

  [[nodiscard]] HealthView view(TimePoint now) const;

  [[nodiscard]] HealthState state() const noexcept { return state_; }

  [[nodiscard]] Cause cause() const noexcept { return cause_; }

  [[nodiscard]] TimePoint since() const noexcept { return since_; }

  /// Good share of the window, 1 if it is empty.
  [[nodiscard]] double good_ratio() const noexcept { return window_.good_ratio(); }

  [[nodiscard]] std::size_t samples() const noexcept { return window_.samples(); }

  /// Something happened that a probe should settle at once.
  [[nodiscard]] bool probe_wanted() const noexcept { return probe_wanted_; }

  void probe_started() noexcept { probe_wanted_ = false; }

  /// Answers running since the last failure, while suspect or down.
  [[nodiscard]] unsigned successes_running() const noexcept { return successes_; }

  /// When a question of a client was last answered, as opposed to failed.
  [[nodiscard]] TimePoint last_accepted() const noexcept { return last_accepted_; }

  void set_policy(const FailoverPolicy& policy);

 private:
  Transition enter(HealthState next, Cause cause, TimePoint now);
  [[nodiscard]] std::optional<Transition> suspicion(const EvidenceDelta& delta, TimePoint now);
  [[nodiscard]] std::optional<Transition> recovery(const EvidenceDelta& delta, TimePoint now);
  [[nodiscard]] std::optional<Transition> success(unsigned count, TimePoint now);
  void push(const EvidenceDelta& delta);
  [[nodiscard]] bool in_time(Duration rtt) const;
  [[nodiscard]] bool clears_at_once(TimePoint now) const;

  FailoverPolicy policy_;
  HealthState state_ = HealthState::up;
  Cause cause_ = Cause::start;
  TimePoint since_;
  GoodWindow window_;    // good or not: what suspicion rests on
  GoodWindow answered_;  // answered, however late, or not: what `down` rests on
  RttWindow rtt_;
  std::uint64_t unproven_ = 0;  // failures that wait for a probe's word
  unsigned successes_ = 0;
  bool last_probe_failed_ = false;
  bool probe_wanted_ = true;
  TimePoint last_answer_ = kNever;  // any reply, failures too
  TimePoint last_accepted_ = kNever;
  TimePoint silent_since_ = kForever;  // sent then, and nothing came since
};

}  // namespace holdfast
