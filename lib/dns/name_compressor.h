// Writes names with compression (RFC 1035 4.1.4) while a message grows: each name, and each of its
// tails, that was written before becomes a pointer. Not for rdata of types that must not be
// compressed.
#pragma once

#include <array>
#include <cstdint>

#include "dns/name.h"

namespace holdfast::dns {

class NameCompressor {
 public:
  /// The writer's buffer must begin with the message's header; both must outlive this.
  explicit NameCompressor(WireWriter& writer) noexcept : writer_(writer) {}

  /// Writes the name, as short as what was written before allows. Letters that are shared keep the
  /// case of the first one written.
  void write(const Name& name) noexcept;

 private:
  struct Entry {
    std::uint32_t hash;    // of the tail that stands there
    std::uint16_t offset;  // in the message
  };

  [[nodiscard]] const Entry* find(Bytes tail, std::uint32_t hash) const noexcept;
  void remember(std::size_t offset, std::uint32_t hash) noexcept;

  WireWriter& writer_;
  std::array<Entry, 64> entries_;  // more names than this are rare, and then just stay long
  std::size_t used_ = 0;
};

}  // namespace holdfast::dns
