// Typed reading of single values. Each function reports what is wrong with the value and then
// leaves `out` as it was, so that a Config with mistakes still holds its defaults.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "config/node.h"
#include "config/report.h"
#include "dns/name.h"

namespace holdfast {

/// What a value may be, both ends included.
template <typename T>
struct Range {
  T least;
  T most;

  [[nodiscard]] constexpr bool holds(T value) const noexcept {
    return least <= value && value <= most;
  }
};

/// One word of a closed set and what it stands for.
template <typename T>
struct Choice {
  std::string_view word;
  T value;
};

/// How long a stale answer may be served; "0s" switches that off.
inline constexpr Range<Duration> kStaleRange{0s, 24h * 90};

/// How long an answer is held against those who say that it is gone.
inline constexpr Range<Duration> kHoldRange{0s, 24h * 7};

/// True if the node is an object (array, string); else that is reported.
bool expect_object(const Node& node, Report& report);
/// `what` says what one item should be.
bool expect_array(const Node& node, std::string_view what, Report& report);
bool expect_string(const Node& node, std::string_view what, Report& report);

void read_bool(const Node& node, Report& report, bool& out);
void read_duration(const Node& node, Range<Duration> range, Report& report, Duration& out);
void read_size(const Node& node, Range<std::uint64_t> range, Report& report, std::size_t& out);
void read_number(const Node& node, Range<double> range, Report& report, double& out);
/// A whole number, given to a double or to an integer below.
bool read_whole(const Node& node, Range<std::int64_t> range, Report& report, std::int64_t& out);

template <typename Integer>
void read_integer(const Node& node, Range<std::int64_t> range, Report& report, Integer& out) {
  std::int64_t value = 0;
  if (read_whole(node, range, report, value)) out = static_cast<Integer>(value);
}

/// A name that may become a label of a metric: letters, digits, '-', '_' and '.', at most 63.
bool read_label(const Node& node, std::string_view what, Report& report, std::string& out);
[[nodiscard]] bool is_label(std::string_view text) noexcept;

bool read_domain_name(const Node& node, Report& report, dns::Name& out);
bool read_ip(const Node& node, Report& report, IpAddress& out);
/// An absolute path, or "" for none.
void read_path(const Node& node, std::string_view what, Report& report, std::string& out);

/// Words of a closed set; a mistyped one is told the nearest.
[[nodiscard]] std::size_t read_word(const Node& node, const std::vector<std::string_view>& words,
                                    Report& report);

template <typename T>
void read_choice(const Node& node, const std::vector<Choice<T>>& choices, Report& report, T& out) {
  std::vector<std::string_view> words;
  words.reserve(choices.size());
  for (const auto& choice : choices)
    words.push_back(choice.word);
  const auto chosen = read_word(node, words, report);
  if (chosen < choices.size()) out = choices[chosen].value;
}

}  // namespace holdfast
