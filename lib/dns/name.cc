#include "dns/name.h"

#include <cstring>

namespace holdfast::dns {
namespace {

constexpr std::size_t kMaxLabel = 63;
// A name has at most 127 labels; more jumps than that help nobody but an attacker.
constexpr int kMaxPointers = 128;
// A pointer below would point into the header.
constexpr std::size_t kFirstNameOffset = 12;

constexpr std::uint64_t kOnes = 0x0101010101010101U;
constexpr std::uint64_t kTopBits = 0x8080808080808080U;

std::error_code invalid() {
  return std::make_error_code(std::errc::invalid_argument);
}

std::uint64_t load8(const std::uint8_t* from) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

/// Up to seven bytes, zeros behind.
std::uint64_t load_some(const std::uint8_t* from, std::size_t n) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < n; ++i)
    word |= static_cast<std::uint64_t>(from[i]) << (8 * i);
  return word;
}

/// The last eight bytes, or all if they are fewer.
std::uint64_t load_tail(Bytes bytes) noexcept {
  if (bytes.size() < 8) return load_some(bytes.data(), bytes.size());
  return load8(&bytes[bytes.size() - 8]);
}

/// lower() of eight octets at once. Exact: '@' and '[' stay. Length octets are below 'A' and stay
/// too, so a whole wire name may go through.
std::uint64_t lower8(std::uint64_t word) noexcept {
  const std::uint64_t low7 = word & ~kTopBits;
  const std::uint64_t from_a = low7 + kOnes * (0x80 - 'A');        // top bit: ≥ 'A'
  const std::uint64_t beyond_z = low7 + kOnes * (0x80 - 'Z' - 1);  // top bit: > 'Z'
  const std::uint64_t upper = (from_a ^ beyond_z) & ~word & kTopBits;
  return word | (upper >> 2U);
}

/// Both halves of the 128-bit product: every input bit reaches every output bit, by way of the
/// seed.
std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

bool is_letter(std::uint8_t octet) noexcept {
  const std::uint8_t c = lower(octet);
  return c >= 'a' && c <= 'z';
}

/// One character of a label in presentation form, escapes resolved; -1 if it is not one. Moves
/// `text` on.
int take_octet(std::string_view& text) noexcept {
  const auto c = static_cast<unsigned char>(text[0]);
  text.remove_prefix(1);
  if (c != '\\') return c > 0x20 && c < 0x7f ? c : -1;
  if (text.empty()) return -1;
  const char first = text[0];
  if (first < '0' || first > '9') {
    text.remove_prefix(1);
    return static_cast<unsigned char>(first) < 0x7f ? first : -1;
  }
  if (text.size() < 3) return -1;
  int value = 0;
  for (int i = 0; i < 3; ++i) {
    if (text[0] < '0' || text[0] > '9') return -1;
    value = value * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  return value <= 255 ? value : -1;
}

void append_octet(std::string& out, std::uint8_t octet) {
  if (octet == '.' || octet == '\\') {
    out += '\\';
    out += static_cast<char>(octet);
  } else if (octet > 0x20 && octet < 0x7f) {
    out += static_cast<char>(octet);
  } else {
    out += '\\';
    out += static_cast<char>('0' + octet / 100);
    out += static_cast<char>('0' + octet / 10 % 10);
    out += static_cast<char>('0' + octet % 10);
  }
}

}  // namespace

std::size_t plain_name_size(Bytes bytes) noexcept {
  const std::size_t end = bytes.size() < Name::kMaxBytes ? bytes.size() : Name::kMaxBytes;
  std::size_t at = 0;
  while (at < end) {
    const std::size_t length = bytes[at];
    if (length == 0) return at + 1;
    if (length > kMaxLabel) return 0;
    at += length + 1;
  }
  return 0;
}

Result<Name> Name::parse(std::string_view text) {
  Name name;
  if (text.empty() || text == ".") return name;
  std::size_t label_at = 0;  // where the length of the label being read belongs
  std::size_t at = 1;
  while (!text.empty()) {
    if (text[0] == '.') {
      if (at == label_at + 1) return invalid();  // an empty label
      name.bytes_[label_at] = static_cast<std::uint8_t>(at - label_at - 1);
      label_at = at++;
      text.remove_prefix(1);
      continue;
    }
    const int octet = take_octet(text);
    // The octet, and behind it the root's zero, must fit.
    if (octet < 0 || at - label_at > kMaxLabel || at + 1 >= kMaxBytes) return invalid();
    name.bytes_[at++] = static_cast<std::uint8_t>(octet);
  }
  if (at > label_at + 1) {  // no final dot
    name.bytes_[label_at] = static_cast<std::uint8_t>(at - label_at - 1);
    label_at = at;
  }
  name.bytes_[label_at] = 0;
  name.size_ = static_cast<std::uint8_t>(label_at + 1);
  return name;
}

std::optional<Name> Name::read(WireReader& reader) noexcept {
  Name name;
  std::size_t size = 0;
  std::size_t run_at = reader.at();  // each pointer must lead before the labels it ends
  WireReader cursor = reader;
  for (int pointers = 0; cursor.ok();) {
    const std::size_t length = cursor.u8();
    if (length >= 0xc0) {
      const std::size_t target = ((length & 0x3fU) << 8U) | cursor.u8();
      if (pointers == 0) reader.skip(cursor.at() - reader.at());
      const bool backwards = target >= kFirstNameOffset && target < run_at;
      if (!cursor.ok() || !backwards || ++pointers > kMaxPointers) break;
      run_at = target;
      cursor = WireReader(reader.message(), target);
      continue;
    }
    const Bytes label = cursor.bytes(length);
    if (!cursor.ok() || length > kMaxLabel || size + length + 1 > kMaxBytes) break;
    name.bytes_[size++] = static_cast<std::uint8_t>(length);
    if (length == 0) {
      if (pointers == 0) reader.skip(cursor.at() - reader.at());
      name.size_ = static_cast<std::uint8_t>(size);
      return name;
    }
    if (size + length >= kMaxBytes) break;  // no room for the root's zero
    std::memcpy(name.bytes_.data() + size, label.data(), length);
    size += length;
  }
  reader.fail();
  return std::nullopt;
}

std::optional<Name> Name::from_wire(Bytes wire) noexcept {
  if (wire.empty() || plain_name_size(wire) != wire.size()) return std::nullopt;
  Name name;
  std::memcpy(name.bytes_.data(), wire.data(), wire.size());
  name.size_ = static_cast<std::uint8_t>(wire.size());
  return name;
}

unsigned Name::label_count() const noexcept {
  unsigned count = 0;
  for (std::size_t at = 0; bytes_[at] != 0; at += bytes_[at] + 1U)
    ++count;
  return count;
}

std::string Name::to_string() const {
  if (is_root()) return ".";
  std::string out;
  for (std::size_t at = 0; bytes_[at] != 0; at += bytes_[at] + 1U) {
    if (at > 0) out += '.';
    for (std::size_t i = 1; i <= bytes_[at]; ++i)
      append_octet(out, bytes_[at + i]);
  }
  return out;
}

bool Name::is_subdomain_of(const Name& ancestor) const noexcept {
  std::size_t at = 0;
  while (size_ - at > ancestor.size_)
    at += bytes_[at] + 1U;
  return size_ - at == ancestor.size_ && equal_names(wire().subspan(at), ancestor.wire());
}

Name Name::parent() const noexcept {
  if (is_root()) return *this;
  const std::size_t first = bytes_[0] + 1U;
  Name above;
  above.size_ = static_cast<std::uint8_t>(size_ - first);
  std::memcpy(above.bytes_.data(), bytes_.data() + first, above.size_);
  return above;
}

Name Name::lowered() const noexcept {
  Name low = *this;
  for (std::size_t i = 0; i < size_; ++i)
    low.bytes_[i] = lower(bytes_[i]);
  return low;
}

void Name::randomise_case(Random& random) noexcept {
  std::uint32_t bits = 0;
  unsigned left = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    if (!is_letter(bytes_[i])) continue;  // length octets never are
    if (left == 0) {
      bits = random.u32();
      left = 32;
    }
    bytes_[i] = static_cast<std::uint8_t>((bytes_[i] & ~0x20U) | ((bits & 1U) << 5U));
    bits >>= 1U;
    --left;
  }
}

bool operator==(const Name& a, const Name& b) noexcept {
  return equal_names(a.wire(), b.wire());
}

bool Name::same_case(const Name& other) const noexcept {
  return size_ == other.size_ && std::memcmp(bytes_.data(), other.bytes_.data(), size_) == 0;
}

std::uint64_t hash_name(Bytes wire, std::uint64_t seed) noexcept {
  // Odd and, with any seed, far from sparse. The seed is in the multiplier: without it nobody can
  // find names that collide.
  const std::uint64_t secret = (seed ^ 0x9e3779b97f4a7c15U) | 1U;
  std::uint64_t hash = seed + wire.size() * 0xa0761d6478bd642fU;
  std::size_t at = 0;
  for (; at + 8 <= wire.size(); at += 8)
    hash = fold_multiply(hash ^ lower8(load8(&wire[at])), secret);
  if (at < wire.size()) hash = fold_multiply(hash ^ lower8(load_tail(wire)), secret);
  return fold_multiply(hash ^ 0xe7037ed1a0b428dbU, secret);
}

bool equal_names(Bytes a, Bytes b) noexcept {
  if (a.size() != b.size()) return false;
  const auto alike = [](std::uint64_t x, std::uint64_t y) {
    return x == y || lower8(x) == lower8(y);
  };
  std::size_t at = 0;
  for (; at + 8 <= a.size(); at += 8) {
    if (!alike(load8(&a[at]), load8(&b[at]))) return false;
  }
  return at == a.size() || alike(load_tail(a), load_tail(b));
}

}  // namespace holdfast::dns
