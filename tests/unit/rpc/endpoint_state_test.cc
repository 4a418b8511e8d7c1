#include "rpc/endpoint_state.h"

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

TEST(EndpointState, LeftAloneAfterFailuresInARow) {
  EndpointState state;
  state.on_identity(true, kStart);
  const Failure silence{Fault::timed_out, "no reply"};
  state.on_failure(silence, std::nullopt, kStart);
  state.on_failure(silence, std::nullopt, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no);
  state.on_failure(silence, std::nullopt, kStart);
  EXPECT_EQ(state.unready(3min, kStart + 999ms), Unready::failing);
  EXPECT_EQ(state.unready(3min, kStart + 1s), Unready::no);
  for (int i = 0; i < 50; ++i)
    state.on_failure(silence, std::nullopt, kStart);
  EXPECT_EQ(state.unready(3min, kStart + 31s), Unready::failing);
  EXPECT_EQ(state.unready(3min, kStart + 32s), Unready::no);
  EXPECT_EQ(state.fault(), "timed_out: no reply");
  state.on_good(5ms);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no);
  EXPECT_EQ(state.fault(), "");
}

TEST(EndpointState, LeftAloneForAsLongAsItAsks) {
  EndpointState state;
  state.on_identity(true, kStart);
  state.on_failure({Fault::rate_limited, "HTTP 429"}, 20s, kStart);
  EXPECT_EQ(state.unready(3min, kStart + 19s), Unready::failing);
  state.on_failure({Fault::rate_limited, "HTTP 429"}, 1h, kStart);
  EXPECT_EQ(state.unready(3min, kStart + 60s), Unready::no) << "a minute is the most";
}

TEST(EndpointState, WhatSaysNothingOfItsHealth) {
  EndpointState state;
  state.on_identity(true, kStart);
  for (int i = 0; i < 9; ++i)
    state.on_failure({Fault::no_block, "header not found"}, std::nullopt, kStart);
  EXPECT_EQ(state.unready(3min, kStart), Unready::no);
  state.on_failure({Fault::unauthorised, "HTTP 401"}, std::nullopt, kStart);
  EXPECT_EQ(state.unready(3min, kStart + 24h), Unready::unauthorised);
}

TEST(EndpointState, LatencyIsSmoothed) {
  EndpointState state;
  EXPECT_EQ(state.latency(), 0ms);
  state.on_good(80ms);
  EXPECT_EQ(state.latency(), 80ms);
  state.on_good(160ms);
  EXPECT_EQ(state.latency(), 90ms);
}

}  // namespace
}  // namespace holdfast::rpc
