// The open-addressing index, against the standard library's multimap.
#include "base/flat_index.h"

#include <random>
#include <set>
#include <unordered_map>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

/// All values found under this hash; find() stops at the first that matches.
std::multiset<std::uint64_t> values_of(const FlatIndex& index, std::uint64_t hash) {
  std::multiset<std::uint64_t> values;
  (void)index.find(hash, [&](std::uint64_t value) {
    values.insert(value);
    return false;
  });
  return values;
}

TEST(FlatIndex, finds_what_was_inserted_and_nothing_else) {
  FlatIndex index;
  const auto any = [](std::uint64_t) { return true; };
  EXPECT_EQ(index.find(5, any), nullptr);
  index.insert(5, 50);
  index.insert(5, 51);
  index.insert(5 + 64, 52);  // the same home
  EXPECT_EQ(index.size(), 3U);
  ASSERT_NE(index.find(5, any), nullptr);
  EXPECT_EQ(*index.find(5, [](std::uint64_t value) { return value == 51; }), 51U);
  EXPECT_EQ(values_of(index, 5), (std::multiset<std::uint64_t>{50, 51}));
  EXPECT_EQ(values_of(index, 69), (std::multiset<std::uint64_t>{52}));
  EXPECT_EQ(values_of(index, 6), (std::multiset<std::uint64_t>{}));
}

TEST(FlatIndex, erases_exactly_the_cell_named) {
  FlatIndex index;
  index.insert(5, 50);
  index.insert(5, 51);
  index.erase(5, 99);
  index.erase(6, 50);
  EXPECT_EQ(index.size(), 2U);
  index.erase(5, 50);
  EXPECT_EQ(values_of(index, 5), (std::multiset<std::uint64_t>{51}));
  index.erase(5, 51);
  index.erase(5, 51);
  EXPECT_EQ(index.size(), 0U);
}

/// Hashes from few homes, at the end of the table too, so that probes run long and wrap around.
TEST(FlatIndex, holds_what_a_multimap_would) {
  std::mt19937_64 random(20240229);
  for (const std::uint64_t spread : {4U, 40U, 4000U}) {
    FlatIndex index;
    std::unordered_multimap<std::uint64_t, std::uint64_t> model;
    for (int step = 0; step < 6000; ++step) {
      const std::uint64_t hash = 60 + random() % spread;
      const bool grows = (step / 600) % 2 == 0;
      if (random() % 10 < (grows ? 7U : 3U)) {
        const std::uint64_t value = random() % 50;
        index.insert(hash, value);
        model.emplace(hash, value);
      } else {
        const auto [begin, end] = model.equal_range(hash);
        const std::uint64_t value = begin == end ? 7 : begin->second;
        if (begin != end) model.erase(begin);
        index.erase(hash, value);
      }
      ASSERT_EQ(index.size(), model.size());
      if (step % 97 != 0) continue;
      const auto [begin, end] = model.equal_range(hash);
      std::multiset<std::uint64_t> expected;
      for (auto it = begin; it != end; ++it)
        expected.insert(it->second);
      ASSERT_EQ(values_of(index, hash), expected) << spread << " " << step;
    }
  }
}

}  // namespace
}  // namespace holdfast
