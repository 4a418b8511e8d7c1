// Lookup: the state machine of one question on clients' behalf: exchanges before one deadline, on
// the ladder of docs/FAILOVER.md. It starts nothing itself: each event leaves the exchanges it
// wants in asks() and, in the end, how it ended in ending(). Whom to ask is select_next()'s word,
// what things cost the budgets', what an upstream is worth the ledger's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/random.h"
#include "base/slab.h"
#include "resolver/absence.h"
#include "resolver/worker_counters.h"
#include "route/selector.h"
#include "upstream/budget.h"
#include "upstream/classify.h"
#include "upstream/policy.h"

namespace holdfast {

/// An exchange that a lookup wants started now. What became of it comes back under its attempt
/// number.
struct Ask {
  std::uint8_t attempt = 0;
  std::uint8_t candidate = 0;  // position among the route's candidates
  ExchangeReason reason = ExchangeReason::first;
  bool over_tcp = false;
  bool edns = true;  // false: without, unless the upstream is known to do it (always with `plain`)
};

/// One exchange of the lookup, as far as the lookup cares.
struct Attempt {
  enum class State : std::uint8_t {
    waiting,
    timed_out,  // a late answer is still welcome
    failed,
    answered,
    overruled,  // a validator has spoken: what this one says does not count
  };

  Ask ask;
  State state = State::waiting;
  bool rival = false;        // a hedge, whatever it was asked over in the end
  bool last_resort = false;  // of an upstream that is down, with nobody better left
  Outcome outcome = Outcome::timeout;
  TimePoint started{};
  TimePoint ended = kForever;
  TimePoint times_out{};
  SlabHandle entry;  // in the ledger
};

enum class Ending : std::uint8_t {
  running,
  answer,     // attempt accepted() has it
  exhausted,  // nothing left to ask, or the deadline: stale, else SERVFAIL
  held,       // negative, attempt accepted() has it, and what is held is served instead
  verdict,    // a filter's final word that is no answer
  shed,       // ended from outside, to make room for another
};

/// What a lookup may use besides its own state, valid for one event.
struct LookupMeans {
  std::span<const Candidate> candidates;  // the route's upstreams in their order, as they fare now
  RetryBudget& retries;
  HedgeBudget& hedges;
  Random& random;
  WorkerCounters& counters;
};

/// What a lookup is about; fixed at its start.
struct LookupPlan {
  const Route* route = nullptr;  // kept alive by the owner
  const FailoverPolicy* policy = nullptr;
  bool answer_held = false;      // something stale is held: public views are not asked (split-view)
  bool cloud_view_only = false;  // the name's last cloud answer was a private address
};

/// An accepted reply.
struct Accepted {
  std::uint8_t attempt = 0;
  Outcome kind = Outcome::positive;
  bool final_word = false;     // a filter's verdict, or signed: rivals do not override it
  std::optional<Doubt> doubt;  // negative, although a positive answer is held
};

class Lookup {
 public:
  static constexpr std::size_t kMaxAttempts = 12;

  explicit Lookup(const LookupPlan& plan) : plan_(plan) {}

  // Events. After each the owner starts asks(), in order, and looks at ending().
  void start(LookupMeans means, TimePoint now);
  void on_answer(const Accepted& answer, LookupMeans means, TimePoint now);
  /// An exchange failed or could not be started.
  void on_failed(std::uint8_t attempt, const Verdict& verdict, LookupMeans means, TimePoint now);
  /// An upstream became suspect: leave it, at no cost to the budget.
  void on_suspect(UpstreamId upstream, LookupMeans means, TimePoint now);
  void on_time(LookupMeans means, TimePoint now);

  /// The accepted answer's CNAME leads to nothing, which is doubted: on_answer() says it again.
  void reopen() noexcept { ending_ = Ending::running; }

  /// Ends it now with what there is.
  void give_up() noexcept { end(Ending::exhausted); }

  /// The same, for want of room: that says nothing about the question.
  void shed() noexcept { end(Ending::shed); }

  [[nodiscard]] std::span<const Ask> asks() const noexcept { return {asks_.data(), asked_now_}; }

  void clear_asks() noexcept { asked_now_ = 0; }

  void set_entry(std::uint8_t attempt, SlabHandle entry) noexcept {
    attempts_[attempt].entry = entry;
  }

  [[nodiscard]] Ending ending() const noexcept { return ending_; }

  [[nodiscard]] std::uint8_t accepted() const noexcept { return accepted_; }

  /// A negative answer waits for rivals or witnesses: the owner keeps its message.
  [[nodiscard]] std::optional<std::uint8_t> held_negative() const noexcept { return negative_; }

  [[nodiscard]] std::span<const Attempt> attempts() const noexcept {
    return {attempts_.data(), attempt_count_};
  }

  /// Answered by another upstream than the one asked first.
  [[nodiscard]] bool failed_over() const noexcept {
    return ending_ == Ending::answer &&
           attempts_[accepted_].ask.candidate != attempts_[0].ask.candidate;
  }

  /// When on_time() has something to do; kForever when ended.
  [[nodiscard]] TimePoint next_event() const noexcept;

  [[nodiscard]] TimePoint deadline() const noexcept { return deadline_; }

  [[nodiscard]] TimePoint started() const noexcept { return started_; }

  /// True from stale_after on, and from the start in panic: what is held should be served. Never
  /// over a validator's verdict.
  [[nodiscard]] bool stale_wanted() const noexcept { return stale_wanted_ && !only_validating_; }

  /// A validator's or a filter's word stands: nothing that is held may replace it.
  [[nodiscard]] bool verdict_stands() const noexcept {
    return only_validating_ || ending_ == Ending::verdict;
  }

  [[nodiscard]] bool panic() const noexcept { return panic_; }

  /// A held answer was doubted, and this is what came of it; undecided: none was.
  [[nodiscard]] Absence absence() const noexcept { return absence_; }

  /// Witnesses are asked about a negative answer.
  [[nodiscard]] bool in_turn() const noexcept { return doubt_ && running(); }

  /// The held answer was contradicted, and another provider still has the record.
  [[nodiscard]] bool contradicted() const noexcept {
    return doubt_ && ending_ == Ending::answer && !is_negative(attempts_[accepted_].outcome);
  }

  /// The answer comes from the public side of a split-view name.
  [[nodiscard]] bool public_view() const noexcept {
    return widened_ && (private_side_ & only(attempts_[accepted_].ask.candidate)) == 0;
  }

  /// The last thing an upstream said in an EDE.
  [[nodiscard]] std::optional<dns::EdeCode> last_ede() const noexcept { return ede_; }

  [[nodiscard]] Outcome verdict_outcome() const noexcept { return verdict_; }

 private:
  [[nodiscard]] std::span<Attempt> own_attempts() noexcept {
    return {attempts_.data(), attempt_count_};
  }

  [[nodiscard]] Selection selection(Purpose purpose) const noexcept;
  void add_attempt(const Ask& ask, const Candidate& candidate, TimePoint now) noexcept;
  bool ask_same(const Attempt& attempt, const Ask& ask, LookupMeans means, TimePoint now);
  bool ask_same_as_told(const Attempt& attempt, Disposition told, LookupMeans means, TimePoint now);
  void ask_next(ExchangeReason reason, LookupMeans means, TimePoint now);
  [[nodiscard]] bool may_ask(ExchangeReason reason, LookupMeans means);
  [[nodiscard]] std::optional<std::size_t> pick(LookupMeans means);
  [[nodiscard]] std::optional<std::size_t> pick_last_resort(LookupMeans means) noexcept;
  [[nodiscard]] bool widen_view() noexcept;
  [[nodiscard]] bool forgive_silent() noexcept;
  void restrict_view(LookupMeans means) noexcept;
  void keep_to_marks(const Candidate& asked, Selection& rivals) const noexcept;
  void ask_race(LookupMeans means, TimePoint now);
  void hedge(LookupMeans means, TimePoint now);
  void time_out_attempts(LookupMeans means, TimePoint now);
  void begin_turn(const Doubt& doubt, LookupMeans means, TimePoint now);
  void second_turn(std::uint8_t number, Outcome kind, LookupMeans means, TimePoint now);
  void settle_turn(LookupMeans means, TimePoint now) noexcept;
  [[nodiscard]] Opinions opinions(LookupMeans means, TimePoint now) const noexcept;
  void settle() noexcept;
  void conclude() noexcept;
  void overrule_unvalidated(LookupMeans means) noexcept;
  [[nodiscard]] bool in_panic(LookupMeans means) const noexcept;
  [[nodiscard]] ExchangeReason why_leave_silent(const Attempt& attempt,
                                                LookupMeans means) const noexcept;
  [[nodiscard]] ExchangeReason why_leave(const Attempt& attempt, LookupMeans means) const noexcept;

  void end(Ending ending) noexcept { ending_ = ending; }

  [[nodiscard]] bool running() const noexcept { return ending_ == Ending::running; }

  [[nodiscard]] unsigned waiting() const noexcept;
  [[nodiscard]] Duration exchange_timeout(const Candidate& candidate) const noexcept;

  LookupPlan plan_;
  std::array<Attempt, kMaxAttempts> attempts_;
  std::array<Ask, kMaxAttempts> asks_;
  CandidateSet asked_ = 0;     // not to be asked again
  CandidateSet forgiven_ = 0;  // were silent once, and are asked a second time
  CandidateSet allowed_ = ~CandidateSet{0};
  CandidateSet private_side_ = ~CandidateSet{0};  // of a split-view name: the cloud
  TimePoint started_{}, deadline_{};
  TimePoint stale_at_ = kForever, hedge_at_ = kForever, grace_until_ = kForever;
  TimePoint turn_until_ = kForever;
  std::uint8_t attempt_count_ = 0, asked_now_ = 0, retries_ = 0, accepted_ = 0;
  std::optional<std::uint8_t> negative_;
  std::optional<Doubt> doubt_;
  Absence absence_ = Absence::undecided;
  std::optional<dns::EdeCode> ede_;
  Outcome verdict_ = Outcome::servfail;
  Ending ending_ = Ending::running;
  bool panic_ = false, stale_wanted_ = false, only_validating_ = false, widened_ = false;
  bool hedged_ = false;
};

}  // namespace holdfast
