// Words: one line of a scenario, read word by word. A word that does not fit throws Mistake, which
// the parser turns into "FILE:LINE: …".
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "dns/name.h"
#include "dns/types.h"

namespace holdfast::scenario {

class Mistake : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// "= 3", "<= 3", ">= 3", "2..4"; percent signs are ignored.
struct Range {
  double least = 0;
  double most = 0;

  [[nodiscard]] bool holds(double value) const noexcept { return value >= least && value <= most; }

  [[nodiscard]] std::string text() const;
};

class Words {
 public:
  /// Splits at blanks and around brackets; what follows a # is comment.
  explicit Words(std::string_view line);

  [[nodiscard]] bool done() const noexcept { return at_ == words_.size(); }

  /// The next word, or "" at the end.
  [[nodiscard]] std::string_view peek() const noexcept;

  /// Takes the next word if it is this one.
  [[nodiscard]] bool take(std::string_view word);
  [[nodiscard]] std::string word(const char* what);
  [[nodiscard]] Duration duration();
  /// A sum of durations: "10s+250ms".
  [[nodiscard]] TimePoint time();
  [[nodiscard]] unsigned number();
  [[nodiscard]] dns::Name name();
  [[nodiscard]] dns::RrType type();
  [[nodiscard]] IpAddress address();
  [[nodiscard]] Range range();
  /// True if a range() follows.
  [[nodiscard]] bool range_follows() const noexcept;
  void expect_done() const;

  [[nodiscard]] std::size_t position() const noexcept { return at_; }

  void go_back(std::size_t position) noexcept { at_ = position; }

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

[[nodiscard]] Duration duration_of(std::string_view text);
[[nodiscard]] TimePoint time_of(std::string_view text);

}  // namespace holdfast::scenario
