// The ledger's clockwork: what is overdue, when that is suspicious, and when the books are closed.
#include <gtest/gtest.h>

#include "tests/unit/resolver/ledger_rig.h"

namespace holdfast {
namespace {

using test::kOne;
using test::LedgerRig;

constexpr UpstreamId kTwo{2};

constexpr TimePoint at(Duration d) {
  return TimePoint(d);
}

TEST(LedgerOverdue, an_exchange_is_overdue_at_three_times_p95) {
  LedgerRig rig;
  const SlabHandle handle = rig.send();
  rig.run_until(at(299ms));
  EXPECT_FALSE(rig.ledger.find(handle)->overdue);
  EXPECT_EQ(rig.sheet().bad.get(), 0U);
  rig.run_until(at(300ms));
  EXPECT_TRUE(rig.ledger.find(handle)->overdue);
  EXPECT_EQ(rig.sheet().bad.get(), 1U);
  EXPECT_EQ(rig.sheet().failed.get(), 0U);  // it may still come
  EXPECT_TRUE(rig.suspected.empty());
}

TEST(LedgerOverdue, the_boards_p95_says_when) {
  LedgerRig rig;
  HealthView fast;
  fast.p95 = 5ms;
  rig.board.publish(kOne, fast);
  const SlabHandle handle = rig.send();
  rig.run_until(at(49ms));
  EXPECT_FALSE(rig.ledger.find(handle)->overdue);
  rig.run_until(at(50ms));  // the floor
  EXPECT_TRUE(rig.ledger.find(handle)->overdue);
}

TEST(LedgerOverdue, five_overdue_without_an_answer_make_it_suspect) {
  LedgerRig rig;
  for (int i = 0; i < 5; ++i) {
    (void)rig.send();
    rig.run_until(rig.now + 1ms);
  }
  rig.run_until(at(303ms));
  EXPECT_TRUE(rig.suspected.empty());
  EXPECT_EQ(rig.state(), HealthState::up);
  rig.run_until(at(304ms));
  EXPECT_EQ(rig.suspected, std::vector{kOne});
  EXPECT_EQ(rig.sheet().stalls.get(), 1U);
  EXPECT_EQ(rig.state(), HealthState::suspect);
  EXPECT_EQ(rig.state(kTwo), HealthState::up);
}

TEST(LedgerOverdue, an_answer_meanwhile_begins_the_count_anew) {
  FailoverPolicy policy;
  policy.min_samples = 50;  // the ratio has no say here
  LedgerRig rig(policy);
  for (int i = 0; i < 4; ++i)
    (void)rig.send();
  const SlabHandle answered = rig.send();
  rig.run_until(at(100ms));
  rig.ledger.close(answered, Outcome::positive, rig.now);
  rig.run_until(at(101ms));
  for (int i = 0; i < 4; ++i)
    (void)rig.send();  // sent after the answer: four only
  rig.run_until(at(1s));
  EXPECT_EQ(rig.sheet().bad.get(), 8U);
  rig.ledger.close(rig.send(), Outcome::servfail, rig.now);  // any reply will do
  rig.run_until(rig.now + 1ms);
  (void)rig.send();
  rig.run_until(at(2s));
  EXPECT_EQ(rig.sheet().bad.get(), 9U);
  EXPECT_EQ(rig.sheet().stalls.get(), 0U);
  EXPECT_TRUE(rig.suspected.empty());
}

TEST(LedgerOverdue, a_low_ratio_is_reason_to_leave_but_no_stall) {
  LedgerRig rig;
  for (int i = 0; i < 12; ++i) {
    const SlabHandle quick = rig.send();
    if (i < 3) (void)rig.send();  // these are lost
    rig.run_until(rig.now + 10ms);
    rig.ledger.close(quick, Outcome::positive, rig.now);
  }
  rig.run_until(at(1s));
  EXPECT_EQ(rig.sheet().good.get(), 12U);
  EXPECT_EQ(rig.sheet().bad.get(), 3U);
  EXPECT_EQ(rig.suspected, std::vector{kOne});
  EXPECT_EQ(rig.sheet().stalls.get(), 0U);
}

TEST(LedgerOverdue, its_own_suspicion_lasts_until_the_control_thread_has_spoken) {
  LedgerRig rig;
  for (int i = 0; i < 10; ++i)
    (void)rig.send();
  rig.run_until(at(300ms));
  EXPECT_EQ(rig.suspected.size(), 1U);  // said once
  EXPECT_EQ(rig.state(), HealthState::suspect);
  rig.run_until(at(499ms));
  EXPECT_EQ(rig.state(), HealthState::suspect);
  rig.run_until(at(500ms));
  EXPECT_EQ(rig.state(), HealthState::up);
}

TEST(LedgerOverdue, its_suspicion_lies_over_the_boards_view_and_never_betters_it) {
  struct Row {
    HealthState board;
    HealthState seen;
  };

  const Row rows[] = {{HealthState::up, HealthState::suspect},
                      {HealthState::recovering, HealthState::suspect},
                      {HealthState::suspect, HealthState::suspect},
                      {HealthState::down, HealthState::down}};
  LedgerRig rig;
  for (int i = 0; i < 5; ++i)
    (void)rig.send();
  rig.run_until(at(300ms));
  for (const Row& row : rows) {
    rig.board.publish(kOne, HealthView{.state = row.board});
    rig.board.publish(kTwo, HealthView{.state = row.board});
    EXPECT_EQ(rig.state(), row.seen) << to_string(row.board);
    EXPECT_EQ(rig.state(kTwo), row.board);
  }
}

TEST(LedgerOverdue, a_timer_that_fires_late_means_that_we_stood_still) {
  LedgerRig rig;
  std::vector<SlabHandle> sent;
  for (int i = 0; i < 5; ++i)
    sent.push_back(rig.send());
  rig.now = at(2s);  // the process was stopped
  rig.timers.expire(rig.now);
  EXPECT_EQ(rig.sheet().bad.get(), 0U);
  EXPECT_TRUE(rig.suspected.empty());
  for (const SlabHandle handle : sent)  // what the kernel held for us
    rig.ledger.close(handle, Outcome::positive, rig.now);
  rig.run_until(at(3s));
  EXPECT_EQ(rig.sheet().good.get(), 5U);
  EXPECT_EQ(rig.sheet().bad.get(), 0U);
  EXPECT_TRUE(rig.suspected.empty());
}

TEST(LedgerOverdue, standing_still_is_forgiven_once_only) {
  LedgerRig rig;
  for (int i = 0; i < 5; ++i)
    (void)rig.send();
  rig.now = at(2s);
  rig.timers.expire(rig.now);
  rig.now = at(2500ms);
  rig.timers.expire(rig.now);
  EXPECT_EQ(rig.sheet().bad.get(), 5U);
  EXPECT_EQ(rig.suspected, std::vector{kOne});
}

TEST(LedgerOverdue, a_new_exchange_is_judged_in_time_while_old_ones_wait_for_their_deadline) {
  LedgerRig rig;
  (void)rig.send();
  rig.run_until(at(1s));
  const SlabHandle fresh = rig.send();
  rig.run_until(at(1299ms));
  EXPECT_FALSE(rig.ledger.find(fresh)->overdue);
  rig.run_until(at(1300ms));
  EXPECT_TRUE(rig.ledger.find(fresh)->overdue);
}

TEST(LedgerOverdue, closes_the_books_of_an_exchange_at_its_deadline) {
  LedgerRig rig;
  const SlabHandle handle = rig.send();
  rig.run_until(at(3999ms));
  EXPECT_EQ(rig.ledger.open_exchanges(), 1U);
  EXPECT_TRUE(rig.transport.cancelled.empty());
  rig.run_until(at(4s));
  EXPECT_EQ(rig.ledger.open_exchanges(), 0U);
  EXPECT_EQ(rig.ledger.find(handle), nullptr);
  EXPECT_EQ(rig.transport.cancelled, std::vector{ExchangeId{1}});
  const auto timeouts = static_cast<std::size_t>(Outcome::timeout);
  EXPECT_EQ(rig.counters.of(kOne).outcomes[timeouts].get(), 1U);
  EXPECT_EQ(rig.sheet().failed.get(), 0U);  // nobody proved that it was to blame
  EXPECT_EQ(rig.timers.next(), kForever);   // nothing left to watch
}

TEST(LedgerOverdue, cancels_what_is_open_when_it_ends) {
  test::ScriptedTransport transport;
  TimerQueue timers;
  HealthBoard board{HealthView{}};
  EvidenceBook evidence;
  WorkerCounters counters;
  {
    Ledger ledger({timers, transport, board, evidence, counters}, [](UpstreamId, TimePoint) {});
    LedgerEntry entry;
    entry.upstream = kOne;
    entry.expires = at(4s);
    ledger.started(ledger.open(entry).value(), ExchangeId{17}, at(0s));
    EXPECT_EQ(timers.size(), 1U);
  }
  EXPECT_EQ(transport.cancelled, std::vector{ExchangeId{17}});
  EXPECT_EQ(timers.size(), 0U);
}

}  // namespace
}  // namespace holdfast
