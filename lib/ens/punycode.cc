#include "ens/punycode.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace holdfast::ens {
namespace {

// RFC 3492 5: the parameters of Punycode.
constexpr std::uint32_t kBase = 36;
constexpr std::uint32_t kTMin = 1;
constexpr std::uint32_t kTMax = 26;
constexpr std::uint32_t kSkew = 38;
constexpr std::uint32_t kDamp = 700;
constexpr std::uint32_t kInitialBias = 72;
constexpr char32_t kInitialPoint = 0x80;
constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();

/// RFC 3492 6.1.
std::uint32_t adapt(std::uint32_t delta, std::uint32_t points, bool first) noexcept {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / points;
  std::uint32_t k = 0;
  while (delta > (kBase - kTMin) * kTMax / 2) {
    delta /= kBase - kTMin;
    k += kBase;
  }
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) noexcept {
  if (k <= bias + kTMin) return kTMin;
  return k >= bias + kTMax ? kTMax : k - bias;
}

/// kBase if it is no digit.
std::uint32_t value_of(char c) noexcept {
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a');
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0') + 26;
  return kBase;
}

char digit_of(std::uint32_t value) noexcept {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + value - 26);
}

bool is_ascii(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x80;
}

/// One generalised variable-length integer (RFC 3492 3.3), added to `sum` and taken off `text`;
/// false if it is none or overflows.
bool take_integer(std::string_view& text, std::uint32_t bias, std::uint32_t& sum) noexcept {
  std::uint32_t weight = 1;
  for (std::uint32_t k = kBase; !text.empty(); k += kBase) {
    const std::uint32_t digit = value_of(text.front());
    text.remove_prefix(1);
    if (digit >= kBase || digit > (kMost - sum) / weight) return false;
    sum += digit * weight;
    const std::uint32_t t = threshold(k, bias);
    if (digit < t) return true;
    if (weight > kMost / (kBase - t)) return false;
    weight *= kBase - t;
  }
  return false;
}

void put_integer(std::string& text, std::uint32_t value, std::uint32_t bias) {
  for (std::uint32_t k = kBase;; k += kBase) {
    const std::uint32_t t = threshold(k, bias);
    if (value < t) break;
    text += digit_of(t + (value - t) % (kBase - t));
    value = (value - t) / (kBase - t);
  }
  text += digit_of(value);
}

}  // namespace

std::optional<std::u32string> decode_punycode(std::string_view text) {
  std::u32string points;
  const std::size_t hyphen = text.rfind('-');
  if (hyphen != std::string_view::npos) {
    const std::string_view basic = text.substr(0, hyphen);
    if (!std::ranges::all_of(basic, is_ascii)) return std::nullopt;
    points.assign(basic.begin(), basic.end());
    // A hyphen that nothing stands before belongs to the digits, where it is none.
    text.remove_prefix(hyphen > 0 ? hyphen + 1 : 0);
  }
  char32_t point = kInitialPoint;
  std::uint32_t bias = kInitialBias;
  std::uint32_t at = 0;
  while (!text.empty()) {
    const std::uint32_t before = at;
    if (!take_integer(text, bias, at)) return std::nullopt;
    const auto count = static_cast<std::uint32_t>(points.size()) + 1;
    bias = adapt(at - before, count, before == 0);
    if (at / count > 0x10ffff - point) return std::nullopt;
    point += at / count;
    if (point >= 0xd800 && point <= 0xdfff) return std::nullopt;
    at %= count;
    points.insert(at++, 1, point);
  }
  return points;
}

std::optional<std::string> encode_punycode(std::u32string_view points) {
  std::string text;
  for (const char32_t point : points) {
    if (point < kInitialPoint) text += static_cast<char>(point);
  }
  const std::size_t basic = text.size();
  if (basic > 0) text += '-';
  std::uint32_t bias = kInitialBias;
  std::uint32_t delta = 0;
  char32_t next = kInitialPoint;  // what is below it has been written
  for (std::size_t written = basic; written < points.size(); ++delta, ++next) {
    char32_t least = 0x110000;
    for (const char32_t point : points) {
      if (point >= next) least = std::min(least, point);
    }
    if (least - next > (kMost - delta) / (written + 1)) return std::nullopt;
    delta += (least - next) * static_cast<std::uint32_t>(written + 1);
    next = least;
    for (const char32_t point : points) {
      if (point < next && ++delta == 0) return std::nullopt;
      if (point != next) continue;
      put_integer(text, delta, bias);
      bias = adapt(delta, static_cast<std::uint32_t>(written) + 1, written == basic);
      delta = 0;
      ++written;
    }
  }
  return text;
}

}  // namespace holdfast::ens
