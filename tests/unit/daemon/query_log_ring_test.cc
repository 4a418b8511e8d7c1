#include "daemon/query_log_ring.h"

#include <thread>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

QueryLogEntry numbered(std::int64_t number) {
  QueryLogEntry entry;
  entry.took = Duration(number);
  return entry;
}

TEST(QueryLogRing, gives_what_it_got_in_order) {
  QueryLogRing ring;
  for (int i = 0; i < 5; ++i)
    ring.push(numbered(i));
  std::int64_t expected = 0;
  ring.drain([&](const QueryLogEntry& entry) { EXPECT_EQ(entry.took.count(), expected++); });
  EXPECT_EQ(expected, 5);
  ring.drain([](const QueryLogEntry&) { ADD_FAILURE() << "twice"; });
}

TEST(QueryLogRing, is_bounded_and_counts_what_it_dropped) {
  QueryLogRing ring;
  for (std::size_t i = 0; i < QueryLogRing::kEntries + 3; ++i) {
    ring.push(numbered(static_cast<std::int64_t>(i)));
  }
  EXPECT_EQ(ring.dropped(), 3);
  std::int64_t expected = 0;
  ring.drain([&](const QueryLogEntry& entry) { EXPECT_EQ(entry.took.count(), expected++); });
  EXPECT_EQ(expected, static_cast<std::int64_t>(QueryLogRing::kEntries)) << "the oldest stay";
}

TEST(QueryLogRing, two_threads_lose_nothing_silently) {
  constexpr std::int64_t kPushed = 20'000;
  QueryLogRing ring;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::int64_t i = 0; i < kPushed; ++i)
      ring.push(numbered(i));
    done = true;
  });
  std::uint64_t seen = 0;
  std::int64_t last = -1;
  const auto take = [&](const QueryLogEntry& entry) {
    EXPECT_GT(entry.took.count(), last);
    last = entry.took.count();
    ++seen;
  };
  while (!done)
    ring.drain(take);
  writer.join();
  ring.drain(take);
  EXPECT_EQ(seen + ring.dropped(), kPushed);
}

}  // namespace
}  // namespace holdfast
