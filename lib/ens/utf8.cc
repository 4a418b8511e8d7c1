#include "ens/utf8.h"

#include <cstdint>

namespace holdfast::ens {
namespace {

/// What a first byte begins: its own bits of the code point, how many bytes follow, and the
/// smallest code point that needs so many.
struct Lead {
  char32_t bits;
  unsigned following;
  char32_t smallest;
};

std::optional<Lead> lead_of(std::uint8_t byte) noexcept {
  if (byte < 0x80) return Lead{byte, 0, 0};
  if (byte >= 0xc2 && byte < 0xe0) return Lead{byte & 0x1fU, 1, 0x80};
  if (byte >= 0xe0 && byte < 0xf0) return Lead{byte & 0x0fU, 2, 0x800};
  if (byte >= 0xf0 && byte < 0xf5) return Lead{byte & 0x07U, 3, 0x10000};
  return std::nullopt;
}

bool is_scalar(char32_t point) noexcept {
  return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

}  // namespace

std::optional<std::u32string> decode_utf8(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = lead_of(static_cast<std::uint8_t>(text[at++]));
    if (!lead || lead->following > text.size() - at) return std::nullopt;
    char32_t point = lead->bits;
    for (unsigned i = 0; i < lead->following; ++i) {
      const auto byte = static_cast<std::uint8_t>(text[at++]);
      if ((byte & 0xc0U) != 0x80) return std::nullopt;
      point = point << 6U | (byte & 0x3fU);
    }
    if (point < lead->smallest || !is_scalar(point)) return std::nullopt;
    points += point;
  }
  return points;
}

std::string encode_utf8(std::u32string_view points) {
  std::string text;
  text.reserve(points.size() * 2);
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  const auto follow = [&](char32_t point, unsigned shift) {
    put(0x80U | (point >> shift & 0x3fU));
  };
  for (const char32_t point : points) {
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xc0U | point >> 6U);
      follow(point, 0);
    } else if (point < 0x10000) {
      put(0xe0U | point >> 12U);
      follow(point, 6);
      follow(point, 0);
    } else {
      put(0xf0U | point >> 18U);
      follow(point, 12);
      follow(point, 6);
      follow(point, 0);
    }
  }
  return text;
}

}  // namespace holdfast::ens
