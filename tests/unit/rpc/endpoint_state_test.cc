#include "rpc/endpoint_state.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace holdfast::rpc {
namespace {

constexpr std::uint64_t kUnix = 1'800'000'000;

Head head(std::uint64_t number, std::uint8_t fork = 0, std::uint64_t time = kUnix) {
  Head out;
  out.number = number;
  out.hash.fill(static_cast<std::uint8_t>(number));
  out.parent.fill(static_cast<std::uint8_t>(number - 1));
  out.hash[0] = out.parent[0] = fork;
  out.time = time;
  return out;
}

ens::Block block(std::uint64_t number, std::uint8_t fork = 0) {
  return {number, head(number, fork).hash};
}

const TimePoint kStart{1h};

TEST(EndpointState, NotReadyBeforeItSaidOfWhichChain) {
  EndpointState state;
  EXPECT_EQ(state.unready(3min, kStart), Unready::unknown);
  EXPECT_TRUE(state.identity_due(kStart));
  state.on_identity(true, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no);
  EXPECT_TRUE(state.identity_due(kStart + 10min));
  state.on_identity(false, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::wrong_chain);
}

TEST(EndpointState, AHeadTooOldIsNotReady) {
  EndpointState state;
  state.on_identity(true, kStart);
  state.on_head(head(9, 0, kUnix - 181), kUnix, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::old_head);
  EXPECT_EQ(state.unready(0s, kStart), Unready::no) << "0: any age";
  state.on_head(head(10, 0, kUnix + 5), kUnix, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no) << "a clock that is ahead";
}

TEST(EndpointState, KnowsTheBlocksItTold) {
  EndpointState state;
  state.on_head(head(9), kUnix, kStart);
  EXPECT_TRUE(state.has(block(9)) && state.has(block(8)));
  state.on_head(head(10), kUnix, kStart);
  EXPECT_TRUE(state.has(block(8)) && state.has(block(10)));
  EXPECT_FALSE(state.has(block(10, 1)));
}

TEST(EndpointState, ABlockThatItWasAskedForIsOneOfItsBlocks) {
  EndpointState state;
  EXPECT_FALSE(state.may_have(block(5)));
  for (std::uint64_t number = 20; number < 30; ++number)
    state.on_head(head(number), kUnix, kStart);
  EXPECT_FALSE(state.may_have(block(29)) || state.may_have(block(30)) || state.may_have(block(25)));
  EXPECT_TRUE(state.may_have(block(5)));
  state.on_header(head(5));
  EXPECT_TRUE(state.has(block(5)) && state.has(block(29)));
  EXPECT_FALSE(state.may_have(block(5, 1))) << "it is another one";
  EXPECT_EQ(state.head(), 29U);
  EXPECT_LE(state.blocks().size(), 8U);
  EXPECT_TRUE(std::ranges::is_sorted(state.blocks(), std::greater(), &ens::Block::number));
  state.on_header(head(40));
  EXPECT_EQ(state.head(), 29U) << "no head";
  EXPECT_FALSE(EndpointState().may_have(block(0)));
}

TEST(EndpointState, AReorganisedChainHasNoOldBlocks) {
  EndpointState state;
  state.on_head(head(9), kUnix, kStart);
  state.on_head(head(10), kUnix, kStart);
  state.on_head(head(10, 1), kUnix, kStart);
  EXPECT_FALSE(state.has(block(10)) || state.has(block(9)));
  EXPECT_TRUE(state.has(block(9, 1)) && state.has(block(8)));
}

TEST(EndpointState, HeadsAge) {
  EndpointState state;
  EXPECT_FALSE(state.head_known(kStart));
  state.on_head(head(9), kUnix, kStart);
  EXPECT_TRUE(state.head_fresh(kStart + 3s) && !state.head_fresh(kStart + 4s));
  EXPECT_TRUE(state.head_known(kStart + 11s) && !state.head_known(kStart + 12s));
}

const Failure kSilence{Fault::timed_out, "no reply"};

EndpointState ready() {
  EndpointState state;
  state.on_identity(true, kStart);
  return state;
}

void fail(EndpointState& state, Purpose purpose, int times, TimePoint now = kStart) {
  for (int i = 0; i < times; ++i)
    state.on_failure(purpose, kSilence, std::nullopt, now);
}

TEST(EndpointState, NotAskedAfterFailuresInARowUntilItAnswers) {
  EndpointState state = ready();
  fail(state, Purpose::about, 2);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no);
  fail(state, Purpose::about, 1);
  EXPECT_EQ(state.unready(3min, kStart + 999ms), Unready::failing);
  EXPECT_EQ(state.unready(3min, kStart + 1h), Unready::failing) << "time alone mends nothing";
  EXPECT_EQ(state.fault(), "timed_out: no reply");
  EXPECT_EQ(state.last_fault(), Fault::timed_out);
  state.on_good(Purpose::about, 5ms);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no);
  EXPECT_EQ(state.fault(), "");
  EXPECT_EQ(state.last_fault(), std::nullopt);
}

TEST(EndpointState, VisitedLessAndLessWhileItFails) {
  EndpointState state = ready();
  fail(state, Purpose::about, 3);
  EXPECT_FALSE(state.visit_due(kStart + 999ms, false));
  EXPECT_TRUE(state.visit_due(kStart, true)) << "it may have been this machine that stood still";
  EXPECT_TRUE(state.visit_due(kStart + 1s, false));
  fail(state, Purpose::about, 50);
  EXPECT_FALSE(state.visit_due(kStart + 31s, false));
  EXPECT_TRUE(state.visit_due(kStart + 32s, false));
  EXPECT_FALSE(state.visit_due(kStart + 499ms, true));
  EXPECT_TRUE(state.visit_due(kStart + 500ms, true)) << "nobody else is left";
}

TEST(EndpointState, OneThatFailsCallsIsNotMendedByItsBlocks) {
  EndpointState state = ready();
  fail(state, Purpose::call, 3);
  state.on_good(Purpose::about, 5ms);
  state.on_head(head(9), kUnix, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::failing);
  EXPECT_TRUE(state.fails_calls());
  EXPECT_NE(state.fault(), "");
  state.on_good(Purpose::call, 5ms);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no);
  EXPECT_FALSE(state.fails_calls());
}

TEST(EndpointState, LeftAloneForAsLongAsItAsks) {
  EndpointState state = ready();
  state.on_failure(Purpose::call, {Fault::rate_limited, "HTTP 429"}, 20s, kStart);
  EXPECT_EQ(state.unready(3min, kStart + 19s), Unready::failing);
  EXPECT_FALSE(state.visit_due(kStart + 19s, true)) << "not even if it is urgent";
  EXPECT_EQ(state.unready(3min, kStart + 20s), Unready::no);
  state.on_failure(Purpose::call, {Fault::rate_limited, "HTTP 429"}, 1h, kStart);
  EXPECT_EQ(state.unready(3min, kStart + 60s), Unready::no) << "a minute is the most";
}

TEST(EndpointState, WhatSaysNothingOfItsHealth) {
  EndpointState state = ready();
  for (int i = 0; i < 9; ++i)
    state.on_failure(Purpose::call, {Fault::no_block, "header not found"}, std::nullopt, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no);
}

TEST(EndpointState, OneThatRefusesUsIsTriedOnceAMinute) {
  EndpointState state = ready();
  state.on_failure(Purpose::call, {Fault::unauthorised, "HTTP 401"}, std::nullopt, kStart);
  EXPECT_EQ(state.unready(3min, kStart + 24h), Unready::unauthorised);
  EXPECT_FALSE(state.visit_due(kStart + 59s, true));
  EXPECT_TRUE(state.visit_due(kStart + 1min, false));
  state.on_good(Purpose::about, 5ms);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no);
}

TEST(EndpointState, OneThatIsSyncingIsNotReady) {
  EndpointState state = ready();
  EXPECT_TRUE(state.syncing_due(kStart));
  state.on_syncing(true, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::syncing);
  EXPECT_TRUE(!state.syncing_due(kStart + 29s) && state.syncing_due(kStart + 30s));
  state.on_syncing(false, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no);
  EXPECT_TRUE(!state.syncing_due(kStart + 9min) && state.syncing_due(kStart + 10min));
}

TEST(EndpointState, OneWithoutAddressIsNotReadyNorVisited) {
  EndpointState state = ready();
  state.set_located(false);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no_address);
  EXPECT_FALSE(state.visit_due(kStart, true));
  state.forget();
  EXPECT_EQ(state.unready(3min, kStart), Unready::no_address) << "it is a matter of its name";
}

TEST(EndpointState, ALostVoteMakesItDoubtfulForAWhile) {
  EndpointState state = ready();
  EXPECT_FALSE(state.doubtful(kStart));
  state.on_minority(kStart);
  state.on_minority(kStart + 1ms);  // of the same moment
  EXPECT_TRUE(state.doubtful(kStart + 59s) && state.outvoted(kStart + 59s));
  EXPECT_FALSE(state.doubtful(kStart + 60s));
  state.on_minority(kStart + 60s);
  EXPECT_TRUE(state.doubtful(kStart + 179s)) << "the second time is twice as long";
  EXPECT_FALSE(state.doubtful(kStart + 180s));
  state.on_minority(kStart + 1h);
  EXPECT_FALSE(state.doubtful(kStart + 1h + 60s)) << "what was long ago is forgotten";
}

TEST(EndpointState, SilenceMakesItDoubtfulUntilItAnswers) {
  EndpointState state = ready();
  state.on_overdue();
  state.on_overdue();
  EXPECT_FALSE(state.doubtful(kStart));
  state.on_overdue();
  EXPECT_TRUE(state.doubtful(kStart));
  EXPECT_FALSE(state.outvoted(kStart));
  state.on_good(Purpose::call, 5ms);
  EXPECT_FALSE(state.doubtful(kStart));
}

TEST(EndpointState, LatencyIsSmoothed) {
  EndpointState state;
  EXPECT_EQ(state.latency(), 0ms);
  state.on_good(Purpose::call, 80ms);
  EXPECT_EQ(state.latency(), 80ms);
  state.on_good(Purpose::call, 160ms);
  EXPECT_EQ(state.latency(), 90ms);
}

TEST(EndpointState, EveryStateHasALabel) {
  for (std::size_t i = 0; i < kUnready; ++i) {
    EXPECT_STRNE(label_of(static_cast<Unready>(i)), "?");
    EXPECT_STRNE(to_string(static_cast<Unready>(i)), "?");
  }
}

TEST(EndpointState, ALargeReplyToACallIsSomebodysNameAndNoFailure) {
  EndpointState state;
  state.on_identity(true, kStart);
  const Failure large{Fault::too_large, "more than 1 MiB"};
  for (int i = 0; i < 10; ++i)
    state.on_failure(Purpose::call, large, {}, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no);
  for (int i = 0; i < 3; ++i)
    state.on_failure(Purpose::about, large, {}, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::failing);
}

}  // namespace
}  // namespace holdfast::rpc
