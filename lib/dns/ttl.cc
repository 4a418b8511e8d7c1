#include "dns/ttl.h"

namespace holdfast::dns {
namespace {

std::uint32_t load_u32(std::span<const std::uint8_t> message, std::size_t at) noexcept {
  return WireReader(message, at).u32();
}

void store_u32(std::span<std::uint8_t> message, std::size_t at, std::uint32_t value) noexcept {
  WireWriter(message, at).u32(value);
}

}  // namespace

void rewrite_ttls(std::span<std::uint8_t> message, std::span<const std::uint16_t> ttl_offsets,
                  std::uint32_t ttl) noexcept {
  for (const std::uint16_t at : ttl_offsets)
    store_u32(message, at, ttl);
}

void age_ttls(std::span<std::uint8_t> message, std::span<const std::uint16_t> ttl_offsets,
              std::uint32_t seconds) noexcept {
  for (const std::uint16_t at : ttl_offsets) {
    const std::uint32_t ttl = load_u32(message, at);
    store_u32(message, at, ttl > seconds ? ttl - seconds : 1);
  }
}

}  // namespace holdfast::dns
