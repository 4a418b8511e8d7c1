#include "daemon/ctl/harmless.h"

namespace holdfast::ctl {
namespace {

bool is_between(std::string_view text, std::string_view low, std::string_view high) {
  const std::string_view head = text.substr(0, low.size());
  return head.size() == low.size() && head >= low && head <= high;
}

/// How many bytes at the begin of the text are a character that steers; 0: none.
std::size_t steering(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x20 || first == 0x7F) return 1;
  if (is_between(text, "\xC2\x80", "\xC2\x9F")) return 2;          // C1
  if (is_between(text, "\xD8\x9C", "\xD8\x9C")) return 2;          // ALM
  if (is_between(text, "\xE2\x80\x8E", "\xE2\x80\x8F")) return 3;  // LRM, RLM
  if (is_between(text, "\xE2\x80\xA8", "\xE2\x80\xAE")) return 3;  // U+2028 to RLO
  if (is_between(text, "\xE2\x81\xA6", "\xE2\x81\xA9")) return 3;  // isolates
  return 0;
}

}  // namespace

std::string harmless(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bytes = steering(text);
    out += bytes > 0 ? '?' : text.front();
    text.remove_prefix(bytes > 0 ? bytes : 1);
  }
  return out;
}

}  // namespace holdfast::ctl
