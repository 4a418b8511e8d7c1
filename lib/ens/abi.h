// The part of Solidity's contract ABI that ENS needs: selectors, static words, bytes and strings,
// arrays of them, tuples. Reading allocates nothing and cannot leave the data: what a reader gives
// are views, and every offset, length and count is compared with what is there before it is used.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ens/hex.h"

namespace holdfast::ens {

/// The first four bytes of calldata and of revert data: which function, which error.
enum class Selector : std::uint32_t {};

inline constexpr std::size_t kSelectorBytes = 4;
inline constexpr std::size_t kWordBytes = 32;

/// nullopt if there are fewer than four bytes.
[[nodiscard]] std::optional<Selector> selector_of(Bytes data) noexcept;

/// Writes one tuple: its members in order, then finish().
class AbiWriter {
 public:
  AbiWriter& word(const Hash& word);
  AbiWriter& number(std::uint64_t number);
  AbiWriter& address(const Address& address);
  /// bytes4: at the front of its word.
  AbiWriter& selector(Selector selector);
  /// bytes or string.
  AbiWriter& bytes(Bytes bytes);
  /// bytes[].
  AbiWriter& array(std::span<const Blob> elements);
  /// bool[].
  AbiWriter& flags(const std::vector<bool>& flags);

  /// The encoded tuple; the writer is used up.
  [[nodiscard]] Blob finish();
  /// The same behind a function's selector.
  [[nodiscard]] Blob finish(Selector function);

 private:
  void offset_to_tail();

  Blob head_;
  Blob tail_;
  std::vector<std::size_t> offsets_;  // words of the head that point into the tail
};

class AbiReader;

/// An array of dynamic elements: bytes[], string[], or of tuples that hold such.
class AbiArray {
 public:
  AbiArray() noexcept = default;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  /// nullopt if the element does not lie in the data. Precondition: index < size().
  [[nodiscard]] std::optional<Bytes> bytes(std::size_t index) const noexcept;
  [[nodiscard]] std::optional<AbiReader> tuple(std::size_t index) const noexcept;

 private:
  friend class AbiReader;

  AbiArray(Bytes elements, std::size_t count) noexcept : elements_(elements), count_(count) {}

  Bytes elements_;  // from behind the count on
  std::size_t count_ = 0;
};

/// Reads one tuple's members in order. A read that fails gives an empty value and makes the reader
/// fail for good: look at ok() when done. `data` must outlive all that is read.
class AbiReader {
 public:
  explicit AbiReader(Bytes tuple) noexcept : tuple_(tuple) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }

  Hash word() noexcept;
  /// A uint that fits 32 bits, as every size here must; a greater one fails.
  std::size_t number() noexcept;
  /// Fails if the upper twelve bytes are not zero.
  Address address() noexcept;
  /// Fails for anything but 0 and 1.
  bool boolean() noexcept;
  /// bytes4; what stands behind it does not count.
  Selector selector() noexcept;
  /// bytes or string; padding does not count, and may be missing.
  Bytes bytes() noexcept;
  /// The count is checked: so many offsets lie in the data.
  AbiArray array() noexcept;

 private:
  Bytes next_word() noexcept;
  Bytes behind_offset() noexcept;

  Bytes tuple_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace holdfast::ens
