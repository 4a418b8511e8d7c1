#include "ens/abi.h"

#include <algorithm>

namespace holdfast::ens {
namespace {

void put_number(Blob& to, std::uint64_t number) {
  to.insert(to.end(), kWordBytes - sizeof number, 0);
  for (unsigned shift = 64; shift > 0;) {
    shift -= 8;
    to.push_back(static_cast<std::uint8_t>(number >> shift));
  }
}

void put_padded(Blob& to, Bytes bytes) {
  put_number(to, bytes.size());
  to.insert(to.end(), bytes.begin(), bytes.end());
  to.insert(to.end(), (kWordBytes - bytes.size() % kWordBytes) % kWordBytes, 0);
}

/// The number in a word, if it fits 32 bits.
std::optional<std::size_t> small_number(Bytes word) noexcept {
  constexpr std::size_t kZeros = kWordBytes - 4;
  if (std::ranges::any_of(word.first(kZeros), [](std::uint8_t byte) { return byte != 0; })) {
    return std::nullopt;
  }
  std::size_t number = 0;
  for (const std::uint8_t byte : word.subspan(kZeros))
    number = number << 8U | byte;
  return number;
}

/// A length and so many bytes, at the front of `data`.
std::optional<Bytes> counted_bytes(Bytes data) noexcept {
  if (data.size() < kWordBytes) return std::nullopt;
  const auto length = small_number(data.first(kWordBytes));
  if (!length || *length > data.size() - kWordBytes) return std::nullopt;
  return data.subspan(kWordBytes, *length);
}

/// What the offset in word `index` of a tuple leads to.
std::optional<Bytes> behind_word(Bytes tuple, std::size_t index) noexcept {
  const auto offset = small_number(tuple.subspan(index * kWordBytes, kWordBytes));
  if (!offset || *offset > tuple.size()) return std::nullopt;
  return tuple.subspan(*offset);
}

}  // namespace

std::optional<Selector> selector_of(Bytes data) noexcept {
  if (data.size() < kSelectorBytes) return std::nullopt;
  return Selector{static_cast<std::uint32_t>(data[0]) << 24U |
                  static_cast<std::uint32_t>(data[1]) << 16U |
                  static_cast<std::uint32_t>(data[2]) << 8U | data[3]};
}

AbiWriter& AbiWriter::word(const Hash& word) {
  head_.insert(head_.end(), word.begin(), word.end());
  return *this;
}

AbiWriter& AbiWriter::number(std::uint64_t number) {
  put_number(head_, number);
  return *this;
}

AbiWriter& AbiWriter::address(const Address& address) {
  head_.insert(head_.end(), kWordBytes - address.size(), 0);
  head_.insert(head_.end(), address.begin(), address.end());
  return *this;
}

AbiWriter& AbiWriter::selector(Selector selector) {
  Hash front{};
  for (std::size_t i = 0; i < kSelectorBytes; ++i)
    front[i] = static_cast<std::uint8_t>(static_cast<std::uint32_t>(selector) >> (24 - 8 * i));
  return word(front);
}

AbiWriter& AbiWriter::bytes(Bytes bytes) {
  offset_to_tail();
  put_padded(tail_, bytes);
  return *this;
}

AbiWriter& AbiWriter::array(std::span<const Blob> elements) {
  offset_to_tail();
  put_number(tail_, elements.size());
  std::size_t at = elements.size() * kWordBytes;  // counted from behind the count
  for (const Blob& element : elements) {
    put_number(tail_, at);
    at += kWordBytes + (element.size() + kWordBytes - 1) / kWordBytes * kWordBytes;
  }
  for (const Blob& element : elements)
    put_padded(tail_, element);
  return *this;
}

AbiWriter& AbiWriter::flags(const std::vector<bool>& flags) {
  offset_to_tail();
  put_number(tail_, flags.size());
  for (const bool flag : flags)
    put_number(tail_, flag ? 1 : 0);
  return *this;
}

Blob AbiWriter::finish() {
  for (const std::size_t at : offsets_) {
    const auto in_tail = small_number(Bytes(head_).subspan(at, kWordBytes)).value_or(0);
    Blob word;
    put_number(word, in_tail + head_.size());
    std::ranges::copy(word, head_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  Blob whole = std::move(head_);
  whole.insert(whole.end(), tail_.begin(), tail_.end());
  return whole;
}

Blob AbiWriter::finish(Selector function) {
  Blob tuple = finish();
  const auto value = static_cast<std::uint32_t>(function);
  Blob call{static_cast<std::uint8_t>(value >> 24U), static_cast<std::uint8_t>(value >> 16U),
            static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value)};
  call.insert(call.end(), tuple.begin(), tuple.end());
  return call;
}

void AbiWriter::offset_to_tail() {
  offsets_.push_back(head_.size());
  put_number(head_, tail_.size());
}

std::optional<Bytes> AbiArray::bytes(std::size_t index) const noexcept {
  const auto element = behind_word(elements_, index);
  return element ? counted_bytes(*element) : std::nullopt;
}

std::optional<AbiReader> AbiArray::tuple(std::size_t index) const noexcept {
  const auto element = behind_word(elements_, index);
  if (!element) return std::nullopt;
  return AbiReader(*element);
}

Bytes AbiReader::next_word() noexcept {
  ok_ = ok_ && tuple_.size() - at_ >= kWordBytes;
  if (!ok_) return {};
  at_ += kWordBytes;
  return tuple_.subspan(at_ - kWordBytes, kWordBytes);
}

Bytes AbiReader::behind_offset() noexcept {
  if (next_word().empty()) return {};
  const auto target = behind_word(tuple_, at_ / kWordBytes - 1);
  ok_ = target.has_value();
  return target.value_or(Bytes{});
}

Hash AbiReader::word() noexcept {
  Hash hash{};
  std::ranges::copy(next_word(), hash.begin());
  return hash;
}

std::size_t AbiReader::number() noexcept {
  const Bytes word = next_word();
  const auto number = word.empty() ? std::nullopt : small_number(word);
  ok_ = number.has_value();
  return number.value_or(0);
}

Address AbiReader::address() noexcept {
  constexpr std::size_t kZeros = kWordBytes - std::tuple_size_v<Address>;
  Address address{};
  const Bytes word = next_word();
  if (word.empty()) return address;
  ok_ = std::ranges::all_of(word.first(kZeros), [](std::uint8_t byte) { return byte == 0; });
  if (ok_) std::ranges::copy(word.subspan(kZeros), address.begin());
  return address;
}

bool AbiReader::boolean() noexcept {
  const std::size_t value = number();
  ok_ = ok_ && value <= 1;
  return ok_ && value == 1;
}

Selector AbiReader::selector() noexcept {
  return selector_of(next_word()).value_or(Selector{});
}

Bytes AbiReader::bytes() noexcept {
  const Bytes data = behind_offset();
  const auto counted = ok_ ? counted_bytes(data) : std::nullopt;
  ok_ = counted.has_value();
  return counted.value_or(Bytes{});
}

AbiArray AbiReader::array() noexcept {
  const Bytes data = behind_offset();
  if (!ok_ || data.size() < kWordBytes) {
    ok_ = false;
    return {};
  }
  const auto count = small_number(data.first(kWordBytes));
  const Bytes elements = data.subspan(kWordBytes);
  ok_ = count && *count <= elements.size() / kWordBytes;
  return ok_ ? AbiArray(elements, *count) : AbiArray();
}

}  // namespace holdfast::ens
