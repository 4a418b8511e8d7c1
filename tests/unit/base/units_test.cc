#include "base/units.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(ParseDuration, ReadsEveryUnit) {
  struct Case {
    const char* text;
    std::int64_t nanoseconds;
  };

  for (const Case& c : std::vector<Case>{{"0s", 0},
                                         {"1ns", 1},
                                         {"7us", 7'000},
                                         {"250ms", 250'000'000},
                                         {"1.8s", 1'800'000'000},
                                         {"1.80s", 1'800'000'000},
                                         {"0.000000001s", 1},
                                         {"5m", 300'000'000'000},
                                         {"5min", 300'000'000'000},
                                         {"1.5h", 5'400'000'000'000},
                                         {"3d", 259'200'000'000'000},
                                         {"0.5ms", 500'000},
                                         {"1.000000000000s", 1'000'000'000},
                                         {"106751d", 106751 * 86'400'000'000'000}}) {
    const auto d = parse_duration(c.text);
    ASSERT_TRUE(d) << c.text;
    EXPECT_EQ(d->count(), c.nanoseconds) << c.text;
  }
}

TEST(ParseDuration, RefusesTheRest) {
  for (const char* text :
       {"",       "1",    "s",  "1 s",  " 1s", "1s ",   "-1s",           "+1s",  "1.s",   ".5s",
        "1.2.3s", "1e3s", "1S", "1sec", "1hh", "1.5ns", "0.0000000001s", "1,5s", "1h30m", "0x1s"}) {
    const auto d = parse_duration(text);
    ASSERT_FALSE(d) << text;
    EXPECT_EQ(d.error(), std::errc::invalid_argument) << text;
  }
}

TEST(ParseDuration, NoticesOverflow) {
  for (const char* text : {"106752d", "9223372036854775808ns", "99999999999999999999999s"}) {
    const auto d = parse_duration(text);
    ASSERT_FALSE(d) << text;
    EXPECT_EQ(d.error(), std::errc::result_out_of_range) << text;
  }
  EXPECT_EQ(parse_duration("9223372036854775807ns")->count(), INT64_MAX);
  EXPECT_FALSE(parse_duration("9223372036.9s"));
}

TEST(PrintDuration, IsShortAndReadsBack) {
  struct Case {
    Duration d;
    const char* text;
  };

  for (const Case& c : std::vector<Case>{{0s, "0s"},
                                         {20ms, "20ms"},
                                         {500ms, "500ms"},
                                         {1800ms, "1.8s"},
                                         {30s, "30s"},
                                         {300s, "5min"},
                                         {3600s, "1h"},
                                         {90min, "1.5h"},
                                         {72h, "3d"},
                                         {14 * 24h, "14d"},
                                         {Duration(1), "1ns"},
                                         {Duration(1'500), "1.5us"},
                                         {Duration(1'000'000'001), "1.000000001s"},
                                         {-20ms, "-20ms"}}) {
    EXPECT_EQ(print_duration(c.d), c.text);
    if (c.d < 0s) continue;
    EXPECT_EQ(*parse_duration(c.text), c.d);
  }
}

TEST(PrintDuration, AnyNumberReadsBack) {
  std::uint64_t x = 1;
  for (int i = 0; i < 2000; ++i) {
    x = x * 6364136223846793005U + 1442695040888963407U;
    const Duration d(static_cast<std::int64_t>(x >> (1U + x % 50)));
    const auto back = parse_duration(print_duration(d));
    ASSERT_TRUE(back) << d.count();
    EXPECT_EQ(*back, d);
  }
}

TEST(ParseSize, ReadsBytesBinaryAndDecimal) {
  EXPECT_EQ(*parse_size("0"), 0U);
  EXPECT_EQ(*parse_size("1048576"), 1048576U);
  EXPECT_EQ(*parse_size("512KiB"), 524288U);
  EXPECT_EQ(*parse_size("64MiB"), 67108864U);
  EXPECT_EQ(*parse_size("1GiB"), 1073741824U);
  EXPECT_EQ(*parse_size("1KB"), 1000U);
  EXPECT_EQ(*parse_size("2MB"), 2000000U);
  EXPECT_EQ(*parse_size("3GB"), 3000000000U);
  EXPECT_EQ(*parse_size("18446744073709551615"), UINT64_MAX);
}

TEST(ParseSize, RefusesTheRest) {
  for (const char* text :
       {"", "-1", "+1", "1 MiB", "MiB", "1mib", "1.5GiB", "1TiB", "1B", "0x10", "1M"}) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error(), std::errc::invalid_argument) << text;
  }
  EXPECT_EQ(parse_size("18446744073709551616").error(), std::errc::result_out_of_range);
  EXPECT_EQ(parse_size("17179869184GiB").error(), std::errc::result_out_of_range);
}

TEST(PrintSize, TakesTheLargestExactUnit) {
  EXPECT_EQ(print_size(0), "0");
  EXPECT_EQ(print_size(1000), "1000");
  EXPECT_EQ(print_size(1024), "1KiB");
  EXPECT_EQ(print_size(67108864), "64MiB");
  EXPECT_EQ(print_size(1073741824), "1GiB");
  EXPECT_EQ(print_size(1073741825), "1073741825");
  EXPECT_EQ(*parse_size(print_size(UINT64_MAX)), UINT64_MAX);
}

}  // namespace
}  // namespace holdfast
