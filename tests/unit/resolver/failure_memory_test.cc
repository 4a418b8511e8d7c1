// For how long a question's failure is believed.
#include "resolver/failure_memory.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr TimePoint at(Duration d) {
  return TimePoint(d);
}

constexpr std::uint64_t kKey = 0x1234'5678'9abc'def0;
constexpr std::uint32_t kEpoch = 7;

RememberedFailure failure(bool stale_held = false) {
  RememberedFailure remembered;
  remembered.stale_held = stale_held;
  return remembered;
}

TEST(FailureMemory, believes_a_failure_until_its_time_is_over) {
  FailureMemory memory;
  EXPECT_EQ(memory.find(kKey, kEpoch, at(0s)), nullptr);
  RememberedFailure refused = failure();
  refused.rcode = dns::Rcode::refused;
  refused.ede = dns::EdeCode::filtered;
  refused.verdict = true;
  memory.record(kKey, kEpoch, refused, FailoverPolicy{}, at(10s));

  const RememberedFailure* found = memory.find(kKey, kEpoch, at(14'999ms));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->rcode, dns::Rcode::refused);
  EXPECT_EQ(found->ede, dns::EdeCode::filtered);
  EXPECT_TRUE(found->verdict);
  EXPECT_EQ(memory.find(kKey, kEpoch, at(15s)), nullptr);
}

TEST(FailureMemory, believes_it_within_its_epoch_and_for_its_question_only) {
  FailureMemory memory;
  memory.record(kKey, kEpoch, failure(), FailoverPolicy{}, at(0s));
  EXPECT_EQ(memory.find(kKey, kEpoch + 1, at(1s)), nullptr);
  EXPECT_EQ(memory.find(kKey + 8192, kEpoch, at(1s)), nullptr);  // of the same cell
  EXPECT_EQ(memory.find(kKey + 1, kEpoch, at(1s)), nullptr);
  EXPECT_NE(memory.find(kKey, kEpoch, at(1s)), nullptr);
}

TEST(FailureMemory, forgets_what_was_answered_and_nothing_else) {
  FailureMemory memory;
  memory.record(kKey, kEpoch, failure(), FailoverPolicy{}, at(0s));
  memory.forget(kKey + 8192);
  EXPECT_NE(memory.find(kKey, kEpoch, at(1s)), nullptr);
  memory.forget(kKey);
  EXPECT_EQ(memory.find(kKey, kEpoch, at(1s)), nullptr);
}

TEST(FailureMemory, a_newer_failure_pushes_out_an_older_one_of_its_cell) {
  FailureMemory memory;
  memory.record(kKey, kEpoch, failure(), FailoverPolicy{}, at(0s));
  memory.record(kKey + 8192, kEpoch, failure(), FailoverPolicy{}, at(0s));
  EXPECT_EQ(memory.find(kKey, kEpoch, at(1s)), nullptr);
  EXPECT_NE(memory.find(kKey + 8192, kEpoch, at(1s)), nullptr);
}

TEST(FailureMemory, backs_off_while_refreshing_something_stale_goes_on_failing) {
  struct Row {
    bool stale_held;
    std::uint32_t epoch;
    Duration backoff;
  };

  const Row rows[] = {
      {true, 1, 5s},  {true, 1, 10s}, {true, 1, 20s},
      {true, 1, 30s}, {true, 1, 30s}, {true, 2, 5s},  // an upstream changed: from the beginning
      {true, 2, 10s}, {false, 2, 5s},                 // nothing held: failure_ttl, however often
      {false, 2, 5s},
  };
  FailureMemory memory;
  TimePoint now = at(0s);
  for (const Row& row : rows) {
    memory.record(kKey, row.epoch, failure(row.stale_held), FailoverPolicy{}, now);
    EXPECT_NE(memory.find(kKey, row.epoch, now + row.backoff - 1ms), nullptr);
    EXPECT_EQ(memory.find(kKey, row.epoch, now + row.backoff), nullptr) << row.backoff.count();
    now += row.backoff;
  }
}

TEST(FailureMemory, knows_what_was_silent_for_minutes) {
  FailureMemory memory;
  RememberedFailure silent = failure(false);
  silent.silent = true;
  memory.record(kKey, kEpoch, silent, FailoverPolicy{}, at(0s));
  EXPECT_TRUE(memory.known_silent(kKey, at(299s)));
  EXPECT_FALSE(memory.known_silent(kKey, at(300s)));
  EXPECT_FALSE(memory.known_silent(kKey + 1, at(1s)));
  memory.record(kKey, kEpoch, failure(false), FailoverPolicy{}, at(1s));
  EXPECT_FALSE(memory.known_silent(kKey, at(2s))) << "it failed by a reply";
  memory.record(kKey, kEpoch, silent, FailoverPolicy{}, at(3s));
  memory.forget(kKey);
  EXPECT_FALSE(memory.known_silent(kKey, at(4s))) << "it was answered";
}

TEST(FailureMemory, starts_anew_once_it_was_answered) {
  FailureMemory memory;
  memory.record(kKey, kEpoch, failure(true), FailoverPolicy{}, at(0s));
  memory.record(kKey, kEpoch, failure(true), FailoverPolicy{}, at(5s));
  memory.forget(kKey);
  memory.record(kKey, kEpoch, failure(true), FailoverPolicy{}, at(20s));
  EXPECT_EQ(memory.find(kKey, kEpoch, at(25s)), nullptr);
}

}  // namespace
}  // namespace holdfast
