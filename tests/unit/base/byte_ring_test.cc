#include "base/byte_ring.h"

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace holdfast::test {
namespace {

std::vector<std::uint8_t> text_of(int i) {
  const std::string text = std::to_string(i) + std::string(static_cast<std::size_t>(i % 37), 'x');
  return {text.begin(), text.end()};
}

TEST(ByteRing, gives_what_it_got_in_order_around_the_end) {
  ByteRing ring(256);
  int given = 0;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(ring.push(text_of(i)));
    if (i % 3 != 0) continue;
    ring.drain([&](std::span<const std::uint8_t> string) {
      EXPECT_TRUE(std::ranges::equal(string, text_of(given)));
      ++given;
    });
  }
  EXPECT_EQ(given, 1000);
}

TEST(ByteRing, refuses_what_finds_no_room) {
  ByteRing ring(64);
  EXPECT_FALSE(ring.push(std::vector<std::uint8_t>(61)));
  EXPECT_TRUE(ring.push(std::vector<std::uint8_t>(30)));
  EXPECT_TRUE(ring.half_full());
  EXPECT_FALSE(ring.push(std::vector<std::uint8_t>(27)));
  EXPECT_TRUE(ring.push(std::vector<std::uint8_t>(26)));
  EXPECT_FALSE(ring.push({}));
  ring.drain([](std::span<const std::uint8_t>) {});
  EXPECT_FALSE(ring.half_full());
  EXPECT_TRUE(ring.push(std::vector<std::uint8_t>(60)));
}

TEST(ByteRing, carries_from_thread_to_thread) {
  constexpr int kStrings = 20'000;
  ByteRing ring(1024);
  std::thread pushing([&ring] {
    for (int i = 0; i < kStrings; ++i) {
      while (!ring.push(text_of(i)))
        std::this_thread::yield();
    }
  });
  int given = 0;
  while (given < kStrings) {
    ring.drain([&](std::span<const std::uint8_t> string) {
      EXPECT_TRUE(std::ranges::equal(string, text_of(given)));
      ++given;
    });
  }
  pushing.join();
}

constexpr std::size_t kLarge = std::size_t{256} * 1024;

using Record = std::vector<std::uint8_t>;

Record numbered(std::size_t number, std::size_t size) {
  Record record(size);
  for (std::size_t i = 0; i < size; ++i)
    record[i] = static_cast<std::uint8_t>(number * 31 + i);
  return record;
}

TEST(ByteRing, gives_back_what_came_in_order_whatever_the_sizes) {
  std::mt19937 random(7);
  ByteRing ring(kLarge);
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

TEST(ByteRing, refuses_what_finds_no_room_and_goes_on) {
  ByteRing ring(kLarge);
  const Record record = numbered(1, 60'000);
  std::size_t taken = 0;
  while (ring.push(record))
    ++taken;
  EXPECT_EQ(taken, kLarge / 60'004);
  EXPECT_TRUE(ring.push(numbered(2, 100))) << "a small one still fits";
  std::size_t seen = 0;
  ring.drain([&](std::span<const std::uint8_t>) { ++seen; });
  EXPECT_EQ(seen, taken + 1);
  EXPECT_FALSE(ring.push(numbered(3, kLarge)));
  EXPECT_TRUE(ring.push(record));
}

TEST(ByteRing, one_thread_writes_another_reads) {
  constexpr std::size_t kRecords = 20'000;
  ByteRing ring(kLarge);
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
}  // namespace holdfast::test
