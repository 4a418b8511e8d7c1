#include "upstream/loop_marks.h"

#include <string_view>

namespace holdfast {
namespace {

constexpr std::string_view kWord = "holdfast-loop-";
constexpr std::size_t kTokenDigits = 32;
constexpr std::size_t kIdDigits = 2;
constexpr std::size_t kRoundDigits = 8;
constexpr std::size_t kPrefix = kWord.size() + kTokenDigits + 1;
constexpr std::size_t kLabel = kPrefix + kIdDigits + kRoundDigits;

static_assert(kLabel <= 63);
static_assert(kMaxUpstreams <= 256);

void append_hex(std::string& text, std::uint32_t value, std::size_t digits) {
  for (std::size_t i = digits; i-- > 0;)
    text += "0123456789abcdef"[(value >> (4 * i)) & 0xfU];
}

/// Letters on the way may have changed their case (0x20).
char lower(std::uint8_t c) noexcept {
  return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

std::optional<std::uint32_t> read_hex(dns::Bytes digits) noexcept {
  std::uint32_t value = 0;
  for (const std::uint8_t c : digits) {
    const char digit = lower(c);
    const bool decimal = digit >= '0' && digit <= '9';
    if (!decimal && (digit < 'a' || digit > 'f')) return std::nullopt;
    value = value << 4U | static_cast<std::uint32_t>(decimal ? digit - '0' : digit - 'a' + 10);
  }
  return value;
}

}  // namespace

LoopMarks::LoopMarks(Random& random) : prefix_(kWord) {
  for (std::size_t i = 0; i < kTokenDigits / 8; ++i)
    append_hex(prefix_, random.u32(), 8);
  prefix_ += '-';
}

std::optional<dns::Question> LoopMarks::question(UpstreamId id, std::uint32_t round,
                                                 const dns::Name& zone) const {
  std::string text = prefix_;
  append_hex(text, static_cast<std::uint32_t>(index(id)), kIdDigits);
  append_hex(text, round, kRoundDigits);
  text += '.';
  if (!zone.is_root()) text += zone.to_string();
  const auto name = dns::Name::parse(text);
  if (!name) return std::nullopt;
  return dns::Question{.name = *name};
}

bool LoopMarks::notice(dns::Bytes name) noexcept {
  // Every query comes by here; hardly any begins with a label of this length.
  if (name.size() <= kLabel || name[0] != kLabel) return false;
  const dns::Bytes label = name.subspan(1, kLabel);
  for (std::size_t i = 0; i < kPrefix; ++i) {
    if (lower(label[i]) != prefix_[i]) return false;
  }
  const auto id = read_hex(label.subspan(kPrefix, kIdDigits));
  const auto round = read_hex(label.subspan(kPrefix + kIdDigits));
  if (!id || !round) return false;
  rounds_[*id].store(*round, std::memory_order_release);
  return true;
}

}  // namespace holdfast
