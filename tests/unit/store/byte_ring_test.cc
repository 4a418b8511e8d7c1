#include "store/byte_ring.h"

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
    ring.drain([&](dns::Bytes string) {
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
  ring.drain([](dns::Bytes) {});
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
    ring.drain([&](dns::Bytes string) {
      EXPECT_TRUE(std::ranges::equal(string, text_of(given)));
      ++given;
    });
  }
  pushing.join();
}

}  // namespace
}  // namespace holdfast::test
