#include "daemon/log.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace holdfast {
namespace {

std::atomic<LogLevel> current_level{LogLevel::info};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::debug:
      return spdlog::level::debug;
  }
  return spdlog::level::info;
}

/// "<4>": the priorities of syslog(3) as sd-daemon(3) reads them.
class PriorityFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    std::string_view text = "<7>";
    if (message.level >= spdlog::level::err) {
      text = "<3>";
    } else if (message.level == spdlog::level::warn) {
      text = "<4>";
    } else if (message.level == spdlog::level::info) {
      text = "<6>";
    }
    out.append(text.data(), text.data() + text.size());
  }

  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PriorityFlag>();
  }
};

/// Does the text begin with a control character, C0, DEL or C1?
bool is_control(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  const bool c1 = byte == 0xC2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xA0;
  return byte < 0x20 || byte == 0x7F || c1;
}

/// Names and errors come from files and other hosts: none begins a line of its own, none steers
/// the terminal of who reads the log.
std::string on_one_line(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool steers = is_control(text.substr(i));
    out += steers ? fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]))
                  : std::string(1, text[i]);
    if (!steers || static_cast<unsigned char>(text[i]) != 0xC2) continue;
    out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
  }
  return out;
}

bool is_tame(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_control(text.substr(i))) return false;
  }
  return true;
}

std::int64_t steady_second() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

}  // namespace

bool stderr_is_journal(const char* journal_stream) {
  if (journal_stream == nullptr) return false;

  struct stat status {};

  if (::fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == journal_stream;
}

void open_log(LogLevel level, const char* journal_stream) {
  auto logger = std::make_shared<spdlog::logger>("holdfast",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<PriorityFlag>('*');
  formatter->set_pattern(stderr_is_journal(journal_stream) ? "%*%v"
                                                           : "%Y-%m-%dT%H:%M:%S.%eZ %l: %v");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::debug);  // log_enabled() decides
  spdlog::set_default_logger(std::move(logger));
  set_log_level(level);
}

void set_log_level(LogLevel level) {
  current_level.store(level, std::memory_order_relaxed);
}

LogLevel log_level() {
  return current_level.load(std::memory_order_relaxed);
}

bool log_enabled(LogLevel level) {
  return level <= log_level();
}

void log_line(LogLevel level, std::string_view text) {
  if (!log_enabled(level)) return;
  if (!is_tame(text)) return log_line(level, on_one_line(text));
  spdlog::default_logger_raw()->log(to_spdlog(level), "{}", text);
}

bool LogSite::admit(std::int64_t second, std::uint64_t& suppressed) {
  const std::lock_guard lock(mutex_);
  if (second != second_) {
    second_ = second;
    lines_ = 0;
  }
  if (lines_ == kBurst) {
    ++suppressed_;
    return false;
  }
  ++lines_;
  suppressed = std::exchange(suppressed_, 0);
  return true;
}

void log_limited(LogSite& site, LogLevel level, std::string_view text) {
  std::uint64_t suppressed = 0;
  if (!site.admit(steady_second(), suppressed)) return;
  if (suppressed != 0) {
    log_line(level, fmt::format("{} ({} more like this were suppressed)", text, suppressed));
  } else {
    log_line(level, text);
  }
}

}  // namespace holdfast
