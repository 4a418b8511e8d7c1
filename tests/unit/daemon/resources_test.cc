#include "daemon/resources.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(Resources, a_cache_that_fits_is_no_shortage) {
  EXPECT_EQ(cache_shortage(std::uint64_t{16} * 1024 * 1024), "");
}

TEST(Resources, a_cache_that_cannot_fit_is_told_with_what_to_do) {
  const std::string line = cache_shortage(std::uint64_t{1} << 60U);
  EXPECT_NE(line.find("cache.max_bytes"), std::string::npos) << line;
  EXPECT_NE(line.find("lower"), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(Resources, descriptors) {
  EXPECT_GT(raise_descriptor_limit(), 0);
  EXPECT_EQ(descriptor_shortage(1024, 1024), "");
  const std::string line = descriptor_shortage(1024, 5000);
  EXPECT_NE(line.find("1024"), std::string::npos) << line;
  EXPECT_NE(line.find("LimitNOFILE"), std::string::npos) << line;
}

TEST(Resources, workers) {
  EXPECT_EQ(worker_shortage(3, 3), "");
  const std::string line = worker_shortage(3, 64);
  EXPECT_NE(line.find("only 3 of 64 workers"), std::string::npos) << line;
  EXPECT_NE(line.find("TasksMax="), std::string::npos) << line;
}

TEST(Resources, the_process_knows_itself) {
  const ProcessSeries series = process_series();
  EXPECT_GT(series.resident_bytes, 1'000'000);
  EXPECT_GT(series.virtual_bytes, series.resident_bytes);
  EXPECT_GE(series.open_fds, 3);
  EXPECT_GE(series.max_fds, series.open_fds);
  EXPECT_GT(series.start_time, 1.6e9);
  EXPECT_LT(series.cpu_seconds, 3600);
}

}  // namespace
}  // namespace holdfast
