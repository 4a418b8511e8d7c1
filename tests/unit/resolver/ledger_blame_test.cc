// The ledger's judgement: whose fault a failure was, and what is written down of it.
#include <gtest/gtest.h>

#include "tests/unit/resolver/ledger_rig.h"

namespace holdfast {
namespace {

using test::kOne;
using test::LedgerRig;

constexpr TimePoint at(Duration d) {
  return TimePoint(d);
}

struct Counts {
  std::uint64_t good = 0, bad = 0, failed = 0, late = 0, answers = 0, unproven = 0, retracted = 0;
  friend bool operator==(const Counts&, const Counts&) = default;
};

Counts counts_of(LedgerRig& rig) {
  const Evidence& e = rig.sheet();
  return {e.good.get(),    e.bad.get(),      e.failed.get(),   e.late.get(),
          e.answers.get(), e.unproven.get(), e.retracted.get()};
}

TEST(LedgerBlame, counts_why_exchanges_were_started_and_how_they_ended) {
  LedgerRig rig;
  rig.ledger.close(rig.send(kOne, ExchangeReason::hedge), Outcome::refused, rig.now);
  rig.ledger.close(rig.send(kOne, ExchangeReason::first), Outcome::positive, rig.now);
  UpstreamCounters& counters = rig.counters.of(kOne);
  EXPECT_EQ(counters.started[static_cast<std::size_t>(ExchangeReason::hedge)].get(), 1U);
  EXPECT_EQ(counters.started[static_cast<std::size_t>(ExchangeReason::first)].get(), 1U);
  EXPECT_EQ(counters.outcomes[static_cast<std::size_t>(Outcome::refused)].get(), 1U);
  EXPECT_EQ(counters.outcomes[static_cast<std::size_t>(Outcome::positive)].get(), 1U);
  EXPECT_EQ(rig.ledger.open_exchanges(), 0U);
}

TEST(LedgerBlame, one_that_could_not_be_sent_says_nothing_of_the_upstream) {
  LedgerRig rig;
  LedgerEntry entry;
  entry.upstream = kOne;
  for (const Outcome why : {Outcome::no_socket, Outcome::throttled}) {
    const SlabHandle handle = rig.ledger.open(entry).value();
    rig.ledger.not_started(handle, why);
    rig.ledger.not_started(handle, why);  // stale: ignored
    EXPECT_EQ(rig.ledger.find(handle), nullptr);
    EXPECT_EQ(rig.counters.of(kOne).outcomes[static_cast<std::size_t>(why)].get(), 1U);
  }
  EXPECT_EQ(counts_of(rig), Counts{});
  EXPECT_EQ(Evidence::load(rig.sheet().oldest_unanswered), kForever);
}

TEST(LedgerBlame, an_answer_in_time_is_good_and_teaches_the_round_trip) {
  for (const Outcome outcome : {Outcome::positive, Outcome::nodata, Outcome::nxdomain}) {
    LedgerRig rig;
    const SlabHandle handle = rig.send();
    EXPECT_EQ(Evidence::load(rig.sheet().oldest_unanswered), at(0s));
    rig.now = at(20ms);
    rig.ledger.close(handle, outcome, rig.now);
    rig.ledger.close(handle, outcome, rig.now);  // stale: ignored
    EXPECT_EQ(counts_of(rig), (Counts{.good = 1, .answers = 1}));
    EXPECT_EQ(rig.sheet().rtt.count(Histogram::bucket_of(20ms)), 1U);
    EXPECT_EQ(Evidence::load(rig.sheet().last_answer), at(20ms));
    EXPECT_EQ(Evidence::load(rig.sheet().oldest_unanswered), kForever);
  }
}

TEST(LedgerBlame, a_late_answer_is_slow_not_failed) {
  LedgerRig rig;
  const SlabHandle handle = rig.send();
  rig.run_until(at(900ms));
  rig.ledger.close(handle, Outcome::positive, rig.now);
  EXPECT_EQ(counts_of(rig), (Counts{.bad = 1, .late = 1, .answers = 1}));
  EXPECT_EQ(rig.sheet().rtt.sum(), 0ms);              // evidence has those in time …
  EXPECT_EQ(rig.counters.of(kOne).rtt.sum(), 900ms);  // … metrics all
}

TEST(LedgerBlame, any_reply_ends_silence_but_what_the_network_says_does_not) {
  struct Row {
    Outcome outcome;
    bool heard;
  };

  const Row rows[] = {
      {Outcome::servfail, true},     {Outcome::refused, true},
      {Outcome::malformed, true},    {Outcome::truncated, true},
      {Outcome::wrong_case, true},   {Outcome::no_cookie, true},
      {Outcome::bad_cookie, true},   {Outcome::spoofed, false},
      {Outcome::lame, true},         {Outcome::connection_refused, false},
      {Outcome::unreachable, false}, {Outcome::closed, false},
      {Outcome::tls_stalled, false}, {Outcome::certificate, false},
      {Outcome::no_socket, false},   {Outcome::timeout, false},
  };
  for (const Row& row : rows) {
    LedgerRig rig;
    const SlabHandle handle = rig.send();
    rig.now = at(10ms);
    rig.ledger.close(handle, row.outcome, rig.now);
    const TimePoint oldest = Evidence::load(rig.sheet().oldest_unanswered);
    EXPECT_EQ(oldest, row.heard ? kForever : at(0s)) << to_string(row.outcome);
    EXPECT_EQ(counts_of(rig), Counts{}) << to_string(row.outcome);  // blame comes separately
  }
}

TEST(LedgerBlame, three_proven_failures_running_make_it_suspect) {
  LedgerRig rig;
  rig.ledger.blame(kOne, rig.now);
  rig.ledger.blame(kOne, rig.now);
  EXPECT_TRUE(rig.suspected.empty());
  rig.ledger.blame(kOne, rig.now);
  EXPECT_EQ(rig.suspected, std::vector{kOne});
  EXPECT_EQ(rig.sheet().failure_runs.get(), 1U);
  EXPECT_EQ(counts_of(rig), (Counts{.bad = 3, .failed = 3}));
  rig.ledger.blame(kOne, rig.now);
  EXPECT_EQ(rig.suspected.size(), 1U);  // while it is suspect nothing is news
}

TEST(LedgerBlame, an_answer_breaks_the_run) {
  LedgerRig rig;
  for (int i = 0; i < 5; ++i) {
    rig.ledger.blame(kOne, rig.now);
    rig.ledger.blame(kOne, rig.now);
    rig.ledger.close(rig.send(), Outcome::nxdomain, rig.now);
  }
  EXPECT_EQ(rig.sheet().failure_runs.get(), 0U);
}

TEST(LedgerBlame, an_overdue_one_that_others_answered_is_failed_if_nothing_comes) {
  LedgerRig rig;
  const SlabHandle silent = rig.send();
  const SlabHandle slow = rig.send();
  rig.run_until(at(500ms));
  for (const SlabHandle handle : {silent, silent, slow})  // blamed once each
    rig.ledger.blame_overdue(handle, rig.now);
  EXPECT_EQ(counts_of(rig), (Counts{.bad = 2}));
  EXPECT_TRUE(rig.suspected.empty());  // two in a row
  rig.ledger.close(slow, Outcome::positive, rig.now);
  rig.run_until(at(5s));
  EXPECT_EQ(counts_of(rig), (Counts{.bad = 2, .failed = 1, .late = 1, .answers = 1}));
}

TEST(LedgerBlame, blaming_three_overdue_ones_makes_it_suspect) {
  LedgerRig rig;
  const SlabHandle sent[] = {rig.send(), rig.send(), rig.send()};
  rig.run_until(at(500ms));
  for (const SlabHandle handle : sent)
    rig.ledger.blame_overdue(handle, rig.now);
  EXPECT_EQ(rig.suspected, std::vector{kOne});
  EXPECT_EQ(rig.sheet().failure_runs.get(), 1U);
}

TEST(LedgerBlame, what_nobody_could_answer_is_the_questions_fault) {
  LedgerRig rig;
  const SlabHandle handle = rig.send();
  rig.run_until(at(500ms));
  ASSERT_TRUE(rig.ledger.find(handle)->overdue);
  rig.ledger.nobody_answered(kOne, true);  // it stands in the window: taken back
  EXPECT_EQ(counts_of(rig), (Counts{.bad = 1, .unproven = 1, .retracted = 1}));
  rig.ledger.nobody_answered(kOne, true);  // nothing left to take back
  rig.ledger.nobody_answered(kOne, false);
  EXPECT_EQ(counts_of(rig), (Counts{.bad = 1, .unproven = 3, .retracted = 1}));
}

TEST(LedgerBlame, a_new_window_begins_empty) {
  FailoverPolicy policy;
  LedgerRig rig(policy);
  rig.ledger.blame(kOne, rig.now);
  policy.window = 20;
  rig.ledger.set_policy(policy);
  rig.ledger.nobody_answered(kOne, true);
  EXPECT_EQ(rig.sheet().retracted.get(), 0U);
}

}  // namespace
}  // namespace holdfast
