// A bounds-checked cursor that writes a message into a buffer of the caller. A write that does not
// fit changes nothing and makes the writer fail; rollback() goes back to a mark and clears the
// failure, so that a record is written whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "dns/wire_reader.h"

namespace holdfast::dns {

inline void store_u16(std::uint8_t* to, std::uint16_t value) noexcept {
  to[0] = static_cast<std::uint8_t>(value >> 8U);
  to[1] = static_cast<std::uint8_t>(value);
}

class WireWriter {
 public:
  explicit WireWriter(std::span<std::uint8_t> buffer, std::size_t at = 0) noexcept
      : buffer_(buffer), at_(at), ok_(at <= buffer.size()) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }

  /// Bytes written so far, and the mark for rollback().
  [[nodiscard]] std::size_t at() const noexcept { return at_; }

  [[nodiscard]] Bytes written() const noexcept { return buffer_.first(at_); }

  [[nodiscard]] std::span<std::uint8_t> buffer() const noexcept { return buffer_; }

  void u8(std::uint8_t value) noexcept {
    if (room(1)) buffer_[at_++] = value;
  }

  void u16(std::uint16_t value) noexcept {
    if (std::uint8_t* to = take(2)) store_u16(to, value);
  }

  void u32(std::uint32_t value) noexcept {
    std::uint8_t* to = take(4);
    if (to == nullptr) return;
    store_u16(to, static_cast<std::uint16_t>(value >> 16U));
    store_u16(to + 2, static_cast<std::uint16_t>(value));
  }

  /// The next n bytes, which the caller writes; nullptr if they do not fit.
  [[nodiscard]] std::uint8_t* take(std::size_t n) noexcept {
    if (!room(n)) return nullptr;
    std::uint8_t* taken = buffer_.data() + at_;
    at_ += n;
    return taken;
  }

  void bytes(Bytes source) noexcept {
    if (!room(source.size())) return;
    if (!source.empty()) std::memcpy(buffer_.data() + at_, source.data(), source.size());
    at_ += source.size();
  }

  /// Overwrites two bytes that were written before. Precondition: where + 2 ≤ at().
  void patch_u16(std::size_t where, std::uint16_t value) noexcept {
    store_u16(&buffer_[where], value);
  }

  void rollback(std::size_t mark) noexcept {
    at_ = mark;
    ok_ = true;
  }

 private:
  bool room(std::size_t n) noexcept {
    ok_ = ok_ && n <= buffer_.size() - at_;
    return ok_;
  }

  std::span<std::uint8_t> buffer_;
  std::size_t at_;
  bool ok_;
};

}  // namespace holdfast::dns
