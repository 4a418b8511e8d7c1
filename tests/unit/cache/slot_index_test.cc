// The index against a model: what was inserted and not erased is found, whatever the order.
#include "cache/slot_index.h"

#include <map>

#include <gtest/gtest.h>

#include "answers.h"

namespace holdfast::test {
namespace {

struct Entry {
  Asked asked;
  std::uint32_t hash;
  SlotPtr slot;
};

Entry entry(unsigned number, std::uint32_t hash) {
  Asked asked("n" + std::to_string(number) + ".example");
  const Answer answer(asked, dns::AnswerKind::positive);
  SlotPtr slot = Slot::make(asked.key(), answer.normalised, {}, {kStart, kStart + 60s, kStart});
  return {asked, hash, std::move(slot)};
}

TEST(SlotIndex, finds_nothing_while_empty) {
  const SlotIndex index;
  EXPECT_EQ(index.find(1, Asked("a.example").key(), Place::positive), nullptr);
  EXPECT_EQ(SlotIndex::bytes_for(index.capacity()), 0U);
}

TEST(SlotIndex, says_how_large_the_next_growth_will_be) {
  SlotIndex index;
  std::vector<Entry> entries;
  for (unsigned i = 0; i < 500; ++i) {
    const std::size_t foretold = index.capacity_for_one_more();
    ASSERT_TRUE(index.reserve_one());
    ASSERT_EQ(index.capacity(), foretold);
    entries.push_back(entry(i, i * 0x9e3779b9U | 1U));
    index.insert(entries.back().hash, *entries.back().slot);
  }
  EXPECT_LE(SlotIndex::bytes_for(index.capacity()), 500U * 21);
}

class SlotIndexModel : public testing::TestWithParam<std::uint32_t> {};

// A mask of few bits makes nearly all hashes collide, and runs that go round the end of the array.
TEST_P(SlotIndexModel, agrees_under_random_inserts_and_erases) {
  constexpr unsigned kSeed = 7;
  Dice dice(kSeed);
  SlotIndex index;
  std::map<unsigned, Entry> model;
  for (int step = 0; step < 5000; ++step) {
    const unsigned number = dice.below(120);
    const auto held = model.find(number);
    if (held == model.end()) {
      const std::uint32_t hash = (number * 0x9e3779b9U & GetParam()) | 0xf0000001U;
      const auto made = model.emplace(number, entry(number, hash)).first;
      ASSERT_TRUE(index.reserve_one());
      index.insert(hash, *made->second.slot);
    } else {
      ASSERT_EQ(index.find(held->second.hash, held->second.asked.key(), Place::positive),
                held->second.slot.get());
      index.erase(held->second.hash, *held->second.slot);
      ASSERT_EQ(index.find(held->second.hash, held->second.asked.key(), Place::positive), nullptr);
      model.erase(held);
    }
    ASSERT_EQ(index.size(), model.size());
  }
  for (const auto& [number, held] : model) {
    EXPECT_EQ(index.find(held.hash, held.asked.key(), Place::positive), held.slot.get()) << number;
  }
}

INSTANTIATE_TEST_SUITE_P(SlotIndex, SlotIndexModel,
                         testing::Values(0xffffffffU, 0x0f000000U, 0x03000000U, 0U));

}  // namespace
}  // namespace holdfast::test
