#include "base/units.h"

#include <array>
#include <cstddef>
#include <limits>
#include <optional>

namespace holdfast {
namespace {

std::error_code invalid() {
  return std::make_error_code(std::errc::invalid_argument);
}

std::error_code too_big() {
  return std::make_error_code(std::errc::result_out_of_range);
}

struct Unit {
  std::string_view name;
  std::int64_t scale;
};

// Largest first: print_duration() prefers the larger one of equally short texts.
constexpr std::array<Unit, 7> kTimeUnits{{{"d", 86'400'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"min", 60'000'000'000},
                                          {"s", 1'000'000'000},
                                          {"ms", 1'000'000},
                                          {"us", 1'000},
                                          {"ns", 1}}};

constexpr std::array<Unit, 6> kSizeUnits{{{"GiB", 1LL << 30},
                                          {"MiB", 1LL << 20},
                                          {"KiB", 1LL << 10},
                                          {"GB", 1'000'000'000},
                                          {"MB", 1'000'000},
                                          {"KB", 1'000}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes the leading digits off `text` and adds them to `total`, each worth `scale`. False on
/// overflow.
template <typename Number>
bool take_whole(std::string_view& text, Number scale, Number& total) {
  Number value = 0;
  while (!text.empty() && is_digit(text[0])) {
    if (__builtin_mul_overflow(value, Number{10}, &value)) return false;
    if (__builtin_add_overflow(value, static_cast<Number>(text[0] - '0'), &value)) return false;
    text.remove_prefix(1);
  }
  if (__builtin_mul_overflow(value, scale, &value)) return false;
  return !__builtin_add_overflow(total, value, &total);
}

/// Takes decimals off `text`; false if there are none or they are finer than a nanosecond.
bool take_decimals(std::string_view& text, std::int64_t scale, std::int64_t& total) {
  if (text.empty() || !is_digit(text[0])) return false;
  while (!text.empty() && is_digit(text[0])) {
    const std::int64_t digit = text[0] - '0';
    if (scale % 10 != 0 && digit != 0) return false;
    scale = scale % 10 == 0 ? scale / 10 : 1;
    if (__builtin_add_overflow(total, digit * scale, &total)) return false;
    text.remove_prefix(1);
  }
  return true;
}

std::optional<std::int64_t> time_scale(std::string_view text) {
  const auto at = text.find_first_not_of("0123456789.");
  if (at == std::string_view::npos) return std::nullopt;
  const auto name = text.substr(at);
  if (name == "m") return time_scale("1min");
  for (const auto& unit : kTimeUnits) {
    if (unit.name == name) return unit.scale;
  }
  return std::nullopt;
}

/// d in this unit, exactly, or nothing if that is less than one of it or has no end.
std::optional<std::string> print_in(std::uint64_t d, const Unit& unit) {
  const auto scale = static_cast<std::uint64_t>(unit.scale);
  if (d < scale) return std::nullopt;
  std::string out = std::to_string(d / scale);
  std::uint64_t rest = d % scale;
  if (rest != 0) out += '.';
  for (std::uint64_t place = scale; rest != 0;) {
    if (place % 10 != 0) return std::nullopt;  // thirds of an hour
    place /= 10;
    out += static_cast<char>('0' + rest / place);
    rest %= place;
  }
  out += unit.name;
  return out;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const auto scale = time_scale(text);
  if (!scale || !is_digit(text[0])) return invalid();
  std::int64_t total = 0;
  if (!take_whole(text, *scale, total)) return too_big();
  if (text[0] == '.') {
    text.remove_prefix(1);
    if (!take_decimals(text, *scale, total)) return invalid();
    if (text[0] == '.') return invalid();
  }
  return Duration(total);
}

std::string print_duration(Duration d) {
  if (d == Duration::zero()) return "0s";
  const auto count = d.count();
  const std::uint64_t size =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  std::string best;
  for (const auto& unit : kTimeUnits) {
    auto text = print_in(size, unit);
    if (text && (best.empty() || text->size() < best.size())) best = std::move(*text);
  }
  return count < 0 ? "-" + best : best;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  if (text.empty() || !is_digit(text[0])) return invalid();
  const auto at = text.find_first_not_of("0123456789");
  std::uint64_t scale = at == std::string_view::npos ? 1 : 0;
  for (const auto& unit : kSizeUnits) {
    if (scale == 0 && text.substr(at) == unit.name) scale = static_cast<std::uint64_t>(unit.scale);
  }
  if (scale == 0) return invalid();
  std::uint64_t total = 0;
  if (!take_whole(text, scale, total)) return too_big();
  return total;
}

std::string print_size(std::uint64_t bytes) {
  for (std::size_t i = 0; i < 3; ++i) {
    const auto scale = static_cast<std::uint64_t>(kSizeUnits[i].scale);
    if (bytes != 0 && bytes % scale == 0) {
      return std::to_string(bytes / scale) + std::string(kSizeUnits[i].name);
    }
  }
  return std::to_string(bytes);
}

}  // namespace holdfast
