// A bounds-checked cursor over a message. The only code that reads message bytes by index;
// everything above asks it and looks at ok(). A read beyond the end yields 0 and makes the reader
// fail for good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace holdfast::dns {

using Bytes = std::span<const std::uint8_t>;

inline std::uint16_t load_u16(const std::uint8_t* from) noexcept {
  return static_cast<std::uint16_t>((from[0] << 8) | from[1]);
}

class WireReader {
 public:
  explicit WireReader(Bytes message, std::size_t at = 0) noexcept
      : message_(message), at_(at), ok_(at <= message.size()) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }

  [[nodiscard]] std::size_t at() const noexcept { return at_; }

  [[nodiscard]] std::size_t remaining() const noexcept { return ok_ ? message_.size() - at_ : 0; }

  [[nodiscard]] Bytes message() const noexcept { return message_; }

  std::uint8_t u8() noexcept { return take(1) ? message_[at_ - 1] : std::uint8_t{0}; }

  std::uint16_t u16() noexcept {
    return take(2) ? load_u16(message_.data() + at_ - 2) : std::uint16_t{0};
  }

  std::uint32_t u32() noexcept {
    if (!take(4)) return 0;
    const std::uint8_t* b = &message_[at_ - 4];
    return static_cast<std::uint32_t>(b[0]) << 24U | static_cast<std::uint32_t>(b[1]) << 16U |
           static_cast<std::uint32_t>(b[2]) << 8U | b[3];
  }

  /// The next n bytes, empty on failure.
  Bytes bytes(std::size_t n) noexcept { return take(n) ? message_.subspan(at_ - n, n) : Bytes{}; }

  void skip(std::size_t n) noexcept { (void)take(n); }

  void fail() noexcept { ok_ = false; }

  /// Moves past a name, compressed or not, without following pointers; fails on a label type that
  /// is neither (RFC 6891 5) and on running past the end.
  void skip_name() noexcept;

 private:
  bool take(std::size_t n) noexcept {
    ok_ = ok_ && n <= message_.size() - at_;
    if (ok_) at_ += n;
    return ok_;
  }

  Bytes message_;
  std::size_t at_;
  bool ok_;
};

}  // namespace holdfast::dns
