#include "rpc/pin.h"

#include <gtest/gtest.h>

#include "simulate/sim_random.h"

namespace holdfast::rpc {
namespace {

constexpr std::uint64_t kUnix = 1'800'000'000;
const TimePoint kNow{1h};

struct World {
  Chain chain;
  std::vector<EndpointState> states{3};

  World() {
    chain.mode = Mode::quorum;
    chain.quorum = 2;
    for (const char* provider : {"a", "b", "c"})
      chain.endpoints.emplace_back().provider = provider;
    for (EndpointState& state : states)
      state.on_identity(true, kNow);
  }

  void head(std::size_t endpoint, std::uint8_t number, std::uint8_t fork = 0) {
    Head head;
    head.number = number;
    head.hash.fill(number);
    head.parent.fill(static_cast<std::uint8_t>(number - 1));
    head.hash[0] = head.parent[0] = fork;
    head.time = kUnix;
    states[endpoint].on_head(head, kUnix, kNow);
  }

  std::optional<std::uint64_t> pin(TimePoint now = kNow) const {
    const auto block = choose_block(chain, states, now);
    return block ? std::optional(block->number) : std::nullopt;
  }
};

TEST(Pin, TheHighestBlockThatEnoughHave) {
  World world;
  EXPECT_EQ(world.pin(), std::nullopt);
  world.head(0, 9);
  EXPECT_EQ(world.pin(), std::nullopt);
  world.head(1, 10);  // whose parent is 9
  EXPECT_EQ(world.pin(), 9U);
  world.head(2, 10);
  EXPECT_EQ(world.pin(), 10U);
  EXPECT_EQ(world.pin(kNow + 12s), std::nullopt) << "heads are not kept for ever";
}

TEST(Pin, OneThatIsAlwaysAheadIsAskedForTheBlockThatTheOthersHave) {
  World world;
  EXPECT_FALSE(what_lacks(world.chain, world.states, kNow));
  world.head(0, 50);
  EXPECT_FALSE(what_lacks(world.chain, world.states, kNow)) << "of one voice";
  world.head(1, 45);
  EXPECT_EQ(world.pin(), std::nullopt);
  const auto lack = what_lacks(world.chain, world.states, kNow);
  ASSERT_TRUE(lack);
  EXPECT_EQ(lack->number, 45U);
  EXPECT_EQ(lack->endpoints, std::vector<std::size_t>{0});
  Head header;
  header.number = 45;
  header.hash.fill(45);
  header.hash[0] = 0;
  world.states[0].on_header(header);
  EXPECT_EQ(world.pin(), 45U);
}

TEST(Pin, WhereTheOthersBlockIsAnotherOneTheOneBelowIsSought) {
  World world;
  world.head(0, 50);
  world.head(1, 45, 1);
  Head header;
  header.number = 45;
  header.hash.fill(45);
  world.states[0].on_header(header);
  EXPECT_EQ(world.pin(), std::nullopt);
  EXPECT_EQ(what_lacks(world.chain, world.states, kNow)->number, 44U);
  header.number = 44;
  header.hash.fill(44);
  world.states[0].on_header(header);
  EXPECT_EQ(world.pin(), std::nullopt);
  EXPECT_FALSE(what_lacks(world.chain, world.states, kNow)) << "chains that have nothing in common";
}

TEST(Pin, ABlockFarBelowIsNotSought) {
  World world;
  world.head(0, 200);
  world.head(1, 50);
  EXPECT_FALSE(what_lacks(world.chain, world.states, kNow)) << "most nodes have no state there";
}

TEST(Pin, DifferentChainsHaveNothingInCommon) {
  World world;
  world.head(0, 9, 1);
  world.head(1, 9, 2);
  EXPECT_EQ(world.pin(), std::nullopt);
  world.chain.mode = Mode::first;
  EXPECT_EQ(world.pin(), 9U);
}

TEST(Pin, ATrustedOneSpeaksForItsBlock) {
  World world;
  world.chain.mode = Mode::trusted;
  world.chain.endpoints[1].trusted = true;
  world.head(0, 9);
  EXPECT_EQ(world.pin(), std::nullopt);
  world.head(1, 12, 1);
  EXPECT_EQ(world.pin(), 12U);
}

TEST(Pin, WhoeverIsNotReadyDoesNotCount) {
  World world;
  for (const std::size_t endpoint : {0U, 1U})
    world.head(endpoint, 9);
  world.states[1].on_identity(false, kNow);
  EXPECT_EQ(world.pin(), std::nullopt);
  const std::string why = why_no_block(world.chain, world.states, kNow);
  EXPECT_EQ(why, "RPC endpoints are not ready: a ready, b of another chain, c ready");
}

TEST(Pin, ThoseThatHaveTheBlockAreAskedFirst) {
  World world;
  sim::SeededRandom random(1);
  world.head(0, 9);
  world.head(1, 11);
  world.head(2, 11);
  const auto block = *choose_block(world.chain, world.states, kNow);
  for (int i = 0; i < 20; ++i) {
    const auto order = order_of(world.chain, world.states, block, random, kNow);
    ASSERT_EQ(order.size(), 3U);
    EXPECT_EQ(order[2].endpoint, 0U);
  }
}

TEST(Pin, ThoseThatHaveNotSpokenComeLastAndThoseUnfitNotAtAll) {
  World world;
  sim::SeededRandom random(4);
  world.head(1, 9);
  world.states[2] = EndpointState();
  const auto& block = world.states[1].blocks()[0];
  EXPECT_EQ(order_of(world.chain, world.states, block, random, kNow)[0].endpoint, 1U);
  EXPECT_EQ(order_of(world.chain, world.states, block, random, kNow).size(), 3U);
  world.states[2].on_identity(false, kNow);
  EXPECT_EQ(order_of(world.chain, world.states, block, random, kNow).size(), 2U);
}

TEST(Pin, WeightDecidesHowOftenOneIsAhead) {
  World world;
  sim::SeededRandom random(2);
  world.chain.endpoints[2].weight = 8;
  for (const std::size_t endpoint : {0U, 1U, 2U})
    world.head(endpoint, 9);
  int ahead = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto order =
        order_of(world.chain, world.states, world.states[0].blocks()[0], random, kNow);
    if (order[0].endpoint == 2) ++ahead;
  }
  EXPECT_NEAR(ahead, 800, 60);
}

TEST(Pin, TheFasterIsAheadMoreOften) {
  World world;
  sim::SeededRandom random(5);
  for (const std::size_t endpoint : {0U, 1U, 2U}) {
    world.head(endpoint, 9);
    world.states[endpoint].on_good(Purpose::call, endpoint == 1 ? 20ms : 500ms);
  }
  int ahead = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto order =
        order_of(world.chain, world.states, world.states[0].blocks()[0], random, kNow);
    if (order[0].endpoint == 1) ++ahead;
  }
  EXPECT_NEAR(ahead, 833, 60) << "a slow one keeps a tenth";
  const auto scores = scores_of(world.chain, world.states, 9, kNow);
  EXPECT_EQ(scores, (std::vector<double>{0.1, 1, 0.1}));
}

TEST(Pin, ADoubtfulOneIsAskedAfterOthers) {
  World world;
  sim::SeededRandom random(6);
  for (const std::size_t endpoint : {0U, 1U, 2U})
    world.head(endpoint, 9);
  world.states[0].on_minority(kNow);
  for (int i = 0; i < 3; ++i)
    world.states[1].on_overdue();
  for (int i = 0; i < 20; ++i) {
    const auto order =
        order_of(world.chain, world.states, world.states[0].blocks()[0], random, kNow);
    ASSERT_EQ(order.size(), 3U);
    EXPECT_EQ(order[0].endpoint, 2U);
  }
  EXPECT_EQ(scores_of(world.chain, world.states, 9, kNow), (std::vector<double>{0.1, 0.1, 1}));
}

TEST(Pin, OneFarBehindIsNotAsked) {
  World world;
  sim::SeededRandom random(7);
  world.head(0, 14);
  world.head(1, 14);
  world.head(2, 11);
  const auto block = *choose_block(world.chain, world.states, kNow);
  EXPECT_EQ(block.number, 14U);
  EXPECT_EQ(order_of(world.chain, world.states, block, random, kNow).size(), 3U);
  EXPECT_EQ(blocks_behind(world.states[2], 14), 3U);
  world.head(2, 10);
  EXPECT_EQ(order_of(world.chain, world.states, block, random, kNow).size(), 2U);
  EXPECT_EQ(unready_at(world.chain, world.states[2], 14, kNow), Unready::behind);
  EXPECT_EQ(scores_of(world.chain, world.states, 14, kNow)[2], 0);
}

TEST(Pin, EndpointsOfOneProviderSpeakForABlockOnce) {
  World world;
  sim::SeededRandom random(8);
  world.chain.endpoints[1].provider = "a";
  world.head(0, 9);
  world.head(1, 9);
  EXPECT_EQ(world.pin(), std::nullopt);
  world.head(2, 9);
  EXPECT_EQ(world.pin(), 9U);
  for (int i = 0; i < 20; ++i) {
    const auto order =
        order_of(world.chain, world.states, world.states[0].blocks()[0], random, kNow);
    ASSERT_EQ(order.size(), 3U);
    EXPECT_NE(order[0].provider, order[1].provider) << "the second of a provider comes last";
  }
}

TEST(Pin, TwoOfOneProviderAreToldApart) {
  Chain chain;
  for (const char* provider : {"a", "b", "a", "a"})
    chain.endpoints.emplace_back().provider = provider;
  EXPECT_EQ(chain.name_of(0), "a");
  EXPECT_EQ(chain.name_of(1), "b");
  EXPECT_EQ(chain.name_of(2), "a-2");
  EXPECT_EQ(chain.name_of(3), "a-3");
}

TEST(Pin, TrustedOnesAreAheadWhereThatCounts) {
  World world;
  sim::SeededRandom random(3);
  world.chain.mode = Mode::trusted;
  world.chain.endpoints[1].trusted = true;
  for (const std::size_t endpoint : {0U, 1U, 2U})
    world.head(endpoint, 9);
  for (int i = 0; i < 20; ++i) {
    const auto order =
        order_of(world.chain, world.states, world.states[0].blocks()[0], random, kNow);
    EXPECT_TRUE(order[0].endpoint == 1 && order[0].trusted);
  }
}

}  // namespace
}  // namespace holdfast::rpc
