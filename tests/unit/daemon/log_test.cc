#include "daemon/log.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "daemon/reporter.h"
#include "net/event_loop.h"

namespace holdfast {
namespace {

TEST(LogSite, lets_a_burst_pass_and_counts_the_rest) {
  LogSite site;
  std::uint64_t suppressed = 7;
  for (std::uint32_t i = 0; i < LogSite::kBurst; ++i) {
    EXPECT_TRUE(site.admit(100, suppressed));
    EXPECT_EQ(suppressed, 0);
  }
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(site.admit(100, suppressed));
  EXPECT_TRUE(site.admit(101, suppressed));
  EXPECT_EQ(suppressed, 3);
  EXPECT_TRUE(site.admit(101, suppressed));
  EXPECT_EQ(suppressed, 0) << "told once";
}

TEST(Log, stderr_is_the_journal_only_if_the_numbers_match) {
  EXPECT_FALSE(stderr_is_journal(nullptr));
  EXPECT_FALSE(stderr_is_journal(""));
  EXPECT_FALSE(stderr_is_journal("0:0"));
}

TEST(Log, levels) {
  set_log_level(LogLevel::warning);
  EXPECT_TRUE(log_enabled(LogLevel::error));
  EXPECT_TRUE(log_enabled(LogLevel::warning));
  EXPECT_FALSE(log_enabled(LogLevel::info));
  set_log_level(LogLevel::debug);
  EXPECT_TRUE(log_enabled(LogLevel::debug));
  set_log_level(LogLevel::info);
}

TEST(Log, what_others_said_stays_on_its_line_and_steers_no_terminal) {
  open_log(LogLevel::info, nullptr);
  testing::internal::CaptureStderr();
  log_line(LogLevel::info,
           "zone \x1B[2J\xC2\x9B"
           "2J\r\n2026-05-04 error: forged, münchen");
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("zone \\x1b[2J\\xc2\\x9b2J\\x0d\\x0a2026-05-04 error: forged, münchen\n"),
            std::string::npos)
      << log;
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1);
}

TEST(Log, changes_of_health_cannot_fill_it) {
  open_log(LogLevel::info, nullptr);
  const HealthEvent event{TimePoint(),     UpstreamId{1},        "alpha",
                          HealthState::up, HealthState::suspect, Cause::overdue};
  testing::internal::CaptureStderr();
  std::uint64_t changes = 0;
  for (const TimePoint end = boot_time() + 1100ms; boot_time() < end; ++changes)
    log_change(event);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("upstream alpha: up -> suspect (overdue)\n"), std::string::npos);
  EXPECT_NE(log.find(" more like this were suppressed)\n"), std::string::npos) << "and it is told";
  const auto lines = static_cast<std::uint64_t>(std::count(log.begin(), log.end(), '\n'));
  EXPECT_LE(lines, 3 * LogSite::kBurst);
  EXPECT_GT(changes, lines);
}

}  // namespace
}  // namespace holdfast
