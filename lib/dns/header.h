// The twelve header bytes of a message (RFC 1035 4.1.1) as a value.
#pragma once

#include <cstdint>
#include <optional>

#include "dns/types.h"
#include "dns/wire_reader.h"
#include "dns/wire_writer.h"

namespace holdfast::dns {

inline constexpr std::size_t kHeaderBytes = 12;

namespace flag {
inline constexpr std::uint16_t qr = 0x8000, aa = 0x0400, tc = 0x0200, rd = 0x0100, ra = 0x0080,
                               z = 0x0040, ad = 0x0020, cd = 0x0010, opcode_mask = 0x7800,
                               rcode_mask = 0x000f;
}

struct Header {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::uint16_t qdcount = 0;
  std::uint16_t ancount = 0;
  std::uint16_t nscount = 0;
  std::uint16_t arcount = 0;

  [[nodiscard]] bool has(std::uint16_t bit) const noexcept { return (flags & bit) != 0; }

  [[nodiscard]] Opcode opcode() const noexcept { return static_cast<Opcode>((flags >> 11U) & 15U); }

  /// The four bits here; an OPT may add eight (MessageView::rcode()).
  [[nodiscard]] std::uint16_t rcode_bits() const noexcept { return flags & flag::rcode_mask; }

  /// nullopt if fewer than twelve bytes are there.
  static std::optional<Header> read(Bytes message) noexcept;
  void write(WireWriter& writer) const noexcept;
};

}  // namespace holdfast::dns
