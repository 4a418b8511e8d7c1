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
    if (!room(2)) return;
    buffer_[at_++] = static_cast<std::uint8_t>(value >> 8U);
    buffer_[at_++] = static_cast<std::uint8_t>(value);
  }

  void u32(std::uint32_t value) noexcept {
    if (!room(4)) return;
    u16(static_cast<std::uint16_t>(value >> 16U));
    u16(static_cast<std::uint16_t>(value));
  }

  void bytes(Bytes source) noexcept {
    if (!room(source.size())) return;
    if (!source.empty()) std::memcpy(buffer_.data() + at_, source.data(), source.size());
    at_ += source.size();
  }

  /// Overwrites two bytes that were written before. Precondition: where + 2 ≤ at().
  void patch_u16(std::size_t where, std::uint16_t value) noexcept {
    buffer_[where] = static_cast<std::uint8_t>(value >> 8U);
    buffer_[where + 1] = static_cast<std::uint8_t>(value);
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
