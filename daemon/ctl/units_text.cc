#include "daemon/ctl/units_text.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace holdfast::ctl {
namespace {

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string pair(std::uint64_t high, const char* high_unit, std::uint64_t low,
                 const char* low_unit) {
  std::string text = std::to_string(high) + high_unit;
  return low == 0 ? text : text + " " + std::to_string(low) + low_unit;
}

}  // namespace

std::string print_age(double seconds) {
  if (!(seconds > 0)) return "0s";
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (whole < 60) return std::to_string(whole) + "s";
  if (whole < 3600) return pair(whole / 60, "m", whole % 60, "s");
  if (whole < 86400) return pair(whole / 3600, "h", whole % 3600 / 60, "m");
  return pair(whole / 86400, "d", whole % 86400 / 3600, "h");
}

std::string print_rtt(double seconds) {
  const double ms = seconds * 1000;
  if (ms >= 999.5) return fixed(seconds, 2) + " s";
  if (ms >= 99.95) return fixed(ms, 0) + " ms";
  return fixed(ms, ms >= 9.995 ? 1 : 2) + " ms";
}

std::string print_bytes(double bytes) {
  static constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1023.95 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  const bool whole = unit == 0 || std::abs(bytes - std::round(bytes)) < 0.05;
  return fixed(bytes, whole ? 0 : 1) + " " + kUnits[unit];
}

std::string print_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string print_percent(double ratio) {
  const double percent = ratio * 100;
  const bool whole = std::abs(percent - std::round(percent)) < 0.05;
  return fixed(percent, whole ? 0 : 1) + " %";
}

}  // namespace holdfast::ctl
