// TTLs of a message, rewritten in place. RFC 2181 8: a TTL with the top bit set counts as 0.
#pragma once

#include <cstdint>
#include <span>

#include "dns/message_view.h"

namespace holdfast::dns {

/// What the wire says, made sane: 0 if the top bit is set.
[[nodiscard]] constexpr std::uint32_t sane_ttl(std::uint32_t wire_ttl) noexcept {
  return (wire_ttl & 0x80000000U) != 0 ? 0 : wire_ttl;
}

/// Writes `ttl` over the TTL field at each offset. Precondition: offset + 4 ≤ message.size().
void rewrite_ttls(std::span<std::uint8_t> message, std::span<const std::uint16_t> ttl_offsets,
                  std::uint32_t ttl) noexcept;

/// Lowers the TTL at each offset by `seconds`, not below 1.
void age_ttls(std::span<std::uint8_t> message, std::span<const std::uint16_t> ttl_offsets,
              std::uint32_t seconds) noexcept;

}  // namespace holdfast::dns
