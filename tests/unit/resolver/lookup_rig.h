// A Lookup with hand-made candidates and means, on virtual time.
#pragma once

#include <string>
#include <vector>

#include "resolver/lookup.h"
#include "tests/unit/dns/message_builder.h"

namespace holdfast::test {

struct LookupRig {
  /// `count` candidates in one tier, up, each of its own provider; p95 100 ms, unmeasured. Ids are
  /// positions.
  explicit LookupRig(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      Candidate candidate;
      candidate.id = static_cast<UpstreamId>(i);
      candidate.provider = static_cast<ProviderId>(i);
      candidate.health = initial_view();
      candidates.push_back(candidate);
    }
  }

  static HealthView initial_view() {
    HealthView view;
    view.p95 = view.p99 = view.srtt = 100ms;
    return view;
  }

  [[nodiscard]] LookupPlan plan() const { return {&route, &policy, false, false}; }

  LookupMeans means() { return {candidates, retries, hedges, random, counters}; }

  void set_state(std::size_t position, HealthState state) {
    candidates[position].health.state = state;
  }

  /// Begins a lookup at 0 and gives back what it asks, see take_asks().
  std::string start(const LookupPlan& with) {
    lookup = Lookup(with);
    now = TimePoint{};
    lookup.start(means(), now);
    return take_asks();
  }

  std::string start() { return start(plan()); }

  /// What the lookup wants started now: "1:retry", with "/tcp" and "/plain"; commas between.
  std::string take_asks() {
    std::string text;
    for (const Ask& ask : lookup.asks()) {
      text += text.empty() ? "" : ",";
      text += std::to_string(ask.candidate) + ":" + to_string(ask.reason);
      if (ask.over_tcp) text += "/tcp";
      if (!ask.edns) text += "/plain";
    }
    lookup.clear_asks();
    return text;
  }

  std::string fail(std::uint8_t attempt, Outcome outcome) {
    return fail(attempt, Verdict{outcome, std::nullopt, false, false});
  }

  std::string fail(std::uint8_t attempt, const Verdict& verdict) {
    lookup.on_failed(attempt, verdict, means(), now);
    return take_asks();
  }

  std::string answer(std::uint8_t attempt, Outcome kind = Outcome::positive,
                     bool final_word = false) {
    lookup.on_answer({attempt, kind, final_word, std::nullopt}, means(), now);
    return take_asks();
  }

  /// A negative answer, although a positive one of that class is held.
  std::string doubted(std::uint8_t attempt, const Doubt& doubt, Outcome kind = Outcome::nodata) {
    lookup.on_answer({attempt, kind, false, doubt}, means(), now);
    return take_asks();
  }

  std::string suspect(std::size_t position) {
    set_state(position, HealthState::suspect);
    lookup.on_suspect(static_cast<UpstreamId>(position), means(), now);
    return take_asks();
  }

  /// Lets time pass up to and with `end`; each event happens on time.
  std::string run_until(Duration end) {
    std::string text;
    while (lookup.next_event() <= TimePoint(end)) {
      now = lookup.next_event();
      lookup.on_time(means(), now);
      const std::string asks = take_asks();
      if (!asks.empty()) text += (text.empty() ? "" : ",") + asks;
    }
    now = TimePoint(end);
    return text;
  }

  [[nodiscard]] bool ended(Ending ending) const { return lookup.ending() == ending; }

  TimePoint now{};
  Route route;
  FailoverPolicy policy;
  std::vector<Candidate> candidates;
  RetryBudget retries{0.2, 100};
  HedgeBudget hedges{0.05, 0};  // none, unless a test says so
  dns::test::SeededRandom random{1};
  WorkerCounters counters;
  Lookup lookup{LookupPlan{}};
};

/// A rig with hedges.
struct HedgingRig : LookupRig {
  explicit HedgingRig(std::size_t count) : LookupRig(count) {
    hedges.configure(1, 10);
    for (int i = 0; i < 10; ++i)
      hedges.earn();
  }
};

}  // namespace holdfast::test
