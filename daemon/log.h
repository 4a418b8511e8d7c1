// The daemon's log: lines on stderr through spdlog. Under journald each line begins with its
// priority (sd-daemon(3)) and carries no time; elsewhere with time and level. Any thread. What is
// logged in a loop is rate-limited per place in the code, so that an outage cannot fill a disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/config.h"

namespace holdfast {

/// Before the first line and before any thread. `journal_stream` is the value of JOURNAL_STREAM or
/// null.
void open_log(LogLevel level, const char* journal_stream);
void set_log_level(LogLevel level);
[[nodiscard]] LogLevel log_level();
[[nodiscard]] bool log_enabled(LogLevel level);

/// One line, whatever the rate: for what is bounded by itself. Control characters in it are
/// written as "\x1b".
void log_line(LogLevel level, std::string_view text);

/// How often one place in the code may speak: kBurst lines a second, then silence until the next
/// second, whose first line tells how many were kept back.
class LogSite {
 public:
  static constexpr std::uint32_t kBurst = 10;

  /// May a line go out in this second (any steadily growing count of seconds)? If so, `suppressed`
  /// says how many did not since the last one that did.
  [[nodiscard]] bool admit(std::int64_t second, std::uint64_t& suppressed);

 private:
  std::mutex mutex_;
  std::int64_t second_ = -1;
  std::uint32_t lines_ = 0;
  std::uint64_t suppressed_ = 0;
};

/// What HOLDFAST_LOG does with its line.
void log_limited(LogSite& site, LogLevel level, std::string_view text);

/// True if stderr is the stream that `journal_stream` ("DEVICE:INODE") names, as systemd promises.
[[nodiscard]] bool stderr_is_journal(const char* journal_stream);

}  // namespace holdfast

/// HOLDFAST_LOG(warning, "{} is down: {}", name, cause); formats only if the level is on.
#define HOLDFAST_LOG(level, ...)                                              \
  do {                                                                        \
    if (::holdfast::log_enabled(::holdfast::LogLevel::level)) {               \
      static ::holdfast::LogSite holdfast_log_site;                           \
      ::holdfast::log_limited(holdfast_log_site, ::holdfast::LogLevel::level, \
                              ::fmt::format(__VA_ARGS__));                    \
    }                                                                         \
  } while (false)
