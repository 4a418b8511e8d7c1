#include "net/sparse_memory.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

/// How many whole pages inside the block are in memory.
std::size_t resident_pages(void* block, std::size_t size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(block) + page - 1) / page * page;
  const std::uintptr_t end = (reinterpret_cast<std::uintptr_t>(block) + size) / page * page;
  std::vector<unsigned char> in_core((end - begin) / page);
  EXPECT_EQ(mincore(reinterpret_cast<void*>(begin), end - begin, in_core.data()), 0);
  return static_cast<std::size_t>(
      std::ranges::count_if(in_core, [](unsigned char state) { return (state & 1U) != 0; }));
}

TEST(SparseMemory, APageThatWasNotWrittenIsNotResident) {
  constexpr std::size_t kSize = 64 * 1024;
  for (const bool zeroed : {false, true}) {
    void* block = zeroed ? sparse_calloc(kSize / 8, 8, nullptr) : sparse_malloc(kSize, nullptr);
    ASSERT_NE(block, nullptr);
    *static_cast<std::uint8_t*>(block) = 1;
    EXPECT_EQ(resident_pages(block, kSize), 0U) << zeroed;
    static_cast<std::uint8_t*>(block)[kSize / 2] = 1;
    EXPECT_EQ(resident_pages(block, kSize), 1U) << zeroed;
    sparse_free(block, nullptr);
  }
}

TEST(SparseMemory, WhatWasWrittenSurvivesEveryResize) {
  auto* block = static_cast<std::uint8_t*>(sparse_realloc(nullptr, 100, nullptr));
  ASSERT_NE(block, nullptr);
  for (std::size_t i = 0; i < 100; ++i)
    block[i] = static_cast<std::uint8_t>(i);
  for (const std::size_t size : {kSparseFrom - 1, kSparseFrom, 5 * kSparseFrom, std::size_t{100}}) {
    block = static_cast<std::uint8_t*>(sparse_realloc(block, size, nullptr));
    ASSERT_NE(block, nullptr);
    for (std::size_t i = 0; i < 100; ++i)
      ASSERT_EQ(block[i], i) << size;
    std::ranges::fill(std::span(block, size).subspan(100), 0xEE);
  }
  sparse_free(block, nullptr);
}

TEST(SparseMemory, ZeroedBlocksAreZeroAndAlignedForAnything) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, kSparseFrom, 3 * kSparseFrom}) {
    auto* block = static_cast<std::uint8_t*>(sparse_calloc(1, size, nullptr));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0U);
    EXPECT_TRUE(std::ranges::all_of(std::span(block, size), [](auto byte) { return byte == 0; }));
    sparse_free(block, nullptr);
  }
  sparse_free(nullptr, nullptr);
}

TEST(SparseMemory, WhatCannotBeIsNull) {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(sparse_malloc(kMost, nullptr), nullptr);
  EXPECT_EQ(sparse_malloc(kMost / 2, nullptr), nullptr);
  EXPECT_EQ(sparse_calloc(kMost, 2, nullptr), nullptr);
}

}  // namespace
}  // namespace holdfast
