#include "fleet/record_ring.h"

#include <deque>
#include <random>
#include <thread>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using Record = std::vector<std::uint8_t>;

Record numbered(std::size_t number, std::size_t size) {
  Record record(size);
  for (std::size_t i = 0; i < size; ++i)
    record[i] = static_cast<std::uint8_t>(number * 31 + i);
  return record;
}

TEST(RecordRing, gives_back_what_came_in_order_whatever_the_sizes) {
  std::mt19937 random(7);
  RecordRing ring;
  std::deque<Record> expected;
  for (std::size_t number = 0; number < 5000; ++number) {
    const Record record = numbered(number, random() % 3000);
    if (ring.push(record)) expected.push_back(record);
    if (random() % 40 != 0) continue;
    ring.drain([&](std::span<const std::uint8_t> out) {
      ASSERT_FALSE(expected.empty());
      EXPECT_TRUE(std::ranges::equal(out, expected.front()));
      expected.pop_front();
    });
    EXPECT_TRUE(expected.empty());
  }
}

TEST(RecordRing, refuses_what_finds_no_room_and_goes_on) {
  RecordRing ring;
  const Record record = numbered(1, 60'000);
  std::size_t taken = 0;
  while (ring.push(record))
    ++taken;
  EXPECT_EQ(taken, RecordRing::kBytes / 60'004);
  EXPECT_TRUE(ring.push(numbered(2, 100))) << "a small one still fits";
  std::size_t seen = 0;
  ring.drain([&](std::span<const std::uint8_t>) { ++seen; });
  EXPECT_EQ(seen, taken + 1);
  EXPECT_FALSE(ring.push(numbered(3, RecordRing::kBytes)));
  EXPECT_TRUE(ring.push(record));
}

TEST(RecordRing, one_thread_writes_another_reads) {
  constexpr std::size_t kRecords = 20'000;
  RecordRing ring;
  std::thread writer([&ring] {
    for (std::size_t number = 0; number < kRecords;) {
      if (ring.push(numbered(number, 1 + number % 200))) ++number;
    }
  });
  std::size_t number = 0;
  while (number < kRecords) {
    ring.drain([&](std::span<const std::uint8_t> out) {
      EXPECT_TRUE(std::ranges::equal(out, numbered(number, 1 + number % 200))) << number;
      ++number;
    });
  }
  writer.join();
}

}  // namespace
}  // namespace holdfast
