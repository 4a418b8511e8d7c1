// Health: the state machine of one upstream, up → suspect → down → recovering → up, fed with
// evidence and probe results, on virtual time. It returns what changed; who calls it publishes,
// counts and logs. No sockets, no clock, no other upstream: floors and ejection limits across
// upstreams are checker.h's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/counters.h"
#include "base/time.h"
#include "upstream/health_board.h"
#include "upstream/policy.h"

namespace holdfast {

/// Differences of the workers' evidence since the last tick, summed over workers.
struct EvidenceDelta {
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  std::uint64_t unproven = 0;
  std::uint64_t answers = 0;
  std::uint64_t suspicions = 0;
  TimePoint last_answer = kNever;          // the latest over workers
  TimePoint oldest_unanswered = kForever;  // the earliest over workers
  std::array<std::uint32_t, Histogram::kBuckets> rtt{};
};

/// Why a state was entered; metric label and log word.
enum class Cause : std::uint8_t {
  start,
  overdue,
  failures_running,
  low_ratio,
  silent,
  probe_failed,
  answers_again,
  probe_succeeded,
  slow_start_done,
  saved,
  network_change,
};
[[nodiscard]] const char* to_string(Cause cause) noexcept;

/// Hard evidence may take every upstream down; soft evidence respects floors.
enum class Ejection : std::uint8_t { none, soft, hard };

struct Transition {
  TimePoint at;
  HealthState from;
  HealthState to;
  Cause cause;
};

class Health {
 public:
  Health(const FailoverPolicy& policy, TimePoint now);

  /// Takes what the workers saw. A suspicion and its end happen here. Down is only proposed: see
  /// wants_down().
  std::optional<Transition> observe(const EvidenceDelta& delta, TimePoint now);

  /// The result of a probe: answered after `rtt`, or failed.
  std::optional<Transition> probe_answered(Duration rtt, TimePoint now);
  std::optional<Transition> probe_failed(TimePoint now);

  /// Would this upstream go down now, and on what evidence? The caller decides (floors, velocity) …
  [[nodiscard]] Ejection wants_down(TimePoint now) const;
  /// … and says so.
  Transition eject(TimePoint now);

  /// Moves slow start along; ends `recovering`.
  std::optional<Transition> tick(TimePoint now);

  /// Nothing is known any more (resume from sleep, changed route or address).
  void forget(TimePoint now);
  /// What was saved before a restart: a saved `down` counts as suspect.
  void restore(HealthState saved, TimePoint now);

  [[nodiscard]] HealthView view(TimePoint now) const;

  [[nodiscard]] HealthState state() const noexcept { return state_; }

  [[nodiscard]] TimePoint since() const noexcept { return since_; }

  /// Good share of the window, 1 if it says nothing yet.
  [[nodiscard]] double good_ratio() const noexcept;

  [[nodiscard]] unsigned samples() const noexcept { return filled_; }

  /// True right after something that a probe should settle at once.
  [[nodiscard]] bool probe_wanted() const noexcept { return probe_wanted_; }

  void probe_started() noexcept { probe_wanted_ = false; }

  [[nodiscard]] unsigned probe_successes_running() const noexcept { return successes_; }

  [[nodiscard]] bool last_probe_failed() const noexcept { return last_probe_failed_; }

  void set_policy(const FailoverPolicy& policy);

 private:
  Transition enter(HealthState next, Cause cause, TimePoint now);
  void push(bool good, std::uint64_t count);
  void clear_window();
  void add_rtt(std::size_t bucket, std::uint32_t count);
  [[nodiscard]] Duration percentile(double share) const;
  [[nodiscard]] Duration overdue_after() const;
  [[nodiscard]] std::optional<Transition> success(TimePoint now);
  [[nodiscard]] bool ratio_bad(double below) const;

  FailoverPolicy policy_;
  HealthState state_ = HealthState::up;
  Cause cause_ = Cause::start;
  TimePoint since_;
  std::vector<bool> ring_;  // the window, true = good
  unsigned at_ = 0, filled_ = 0, good_ = 0;
  std::uint64_t unproven_ = 0;  // failures waiting for a probe's word
  unsigned successes_ = 0;      // running, while suspect or down
  bool last_probe_failed_ = false;
  bool probe_wanted_ = true;
  TimePoint last_answer_ = kNever;
  TimePoint silent_since_ = kForever;
  std::array<std::uint32_t, Histogram::kBuckets> rtt_{};
  std::uint64_t rtt_count_ = 0;
  Duration srtt_{};
};

}  // namespace holdfast
