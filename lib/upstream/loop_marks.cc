#include "upstream/loop_marks.h"

#include <string_view>

namespace holdfast {
namespace {

constexpr std::string_view kWord = "holdfast-loop-";
constexpr std::size_t kTokenDigits = 32;
constexpr std::size_t kIdDigits = 3;
constexpr std::size_t kRoundDigits = 8;
constexpr std::size_t kPrefix = kWord.size() + kTokenDigits + 1;
constexpr std::size_t kLabel = kPrefix + kIdDigits + kRoundDigits;

static_assert(kLabel <= 63);
static_assert(kMaxUpstreams < 4096);

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

std::string LoopMarks::label(const Mark& mark) const {
  std::string text = prefix_;
  append_hex(text, static_cast<std::uint32_t>(mark.whose), kIdDigits);
  append_hex(text, mark.round, kRoundDigits);
  return text;
}

std::optional<dns::Question> LoopMarks::question(UpstreamId id, std::uint32_t round,
                                                 const dns::Name& zone) const {
  std::string text = label({index(id), round}) + '.';
  if (!zone.is_root()) text += zone.to_string();
  const auto name = dns::Name::parse(text);
  if (!name) return std::nullopt;
  return dns::Question{.name = *name};
}

dns::Name LoopMarks::new_sign() {
  return dns::Name::parse(label({kSigns, ++signs_}) + ".test").value();
}

bool LoopMarks::has_arrived(const dns::Name& sign) const noexcept {
  const auto mark = read(sign.wire());
  return mark && mark->whose == kSigns &&
         rounds_[kSigns].load(std::memory_order_acquire) == mark->round;
}

std::optional<LoopMarks::Mark> LoopMarks::read(dns::Bytes name) const noexcept {
  // Every query comes by here; hardly any begins with a label of this length.
  if (name.size() <= kLabel || name[0] != kLabel) return std::nullopt;
  const dns::Bytes label = name.subspan(1, kLabel);
  for (std::size_t i = 0; i < kPrefix; ++i) {
    if (lower(label[i]) != prefix_[i]) return std::nullopt;
  }
  const auto id = read_hex(label.subspan(kPrefix, kIdDigits));
  const auto round = read_hex(label.subspan(kPrefix + kIdDigits));
  if (!id || !round || *id > kSigns) return std::nullopt;
  return Mark{*id, *round};
}

bool LoopMarks::notice(dns::Bytes name) noexcept {
  const auto mark = read(name);
  if (!mark) return false;
  rounds_[mark->whose].store(mark->round, std::memory_order_release);
  return true;
}

}  // namespace holdfast
