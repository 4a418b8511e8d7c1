#include "dns/ttl.h"

#include <algorithm>

namespace holdfast::dns {
namespace {

std::uint32_t load_u32(std::span<const std::uint8_t> message, std::size_t at) noexcept {
  return WireReader(message, at).u32();
}

void store_u32(std::span<std::uint8_t> message, std::size_t at, std::uint32_t value) noexcept {
  WireWriter(message, at).u32(value);
}

/// MINIMUM of an SOA's rdata; nullopt if that is broken.
std::optional<std::uint32_t> soa_minimum(Bytes message, const Record& record) noexcept {
  WireReader reader(message.first(record.end), record.rdata_at);
  reader.skip_name();
  reader.skip_name();
  reader.skip(16);  // SERIAL, REFRESH, RETRY, EXPIRE
  const std::uint32_t minimum = reader.u32();
  if (!reader.ok() || reader.remaining() != 0) return std::nullopt;
  return minimum;
}

}  // namespace

std::optional<std::uint32_t> min_ttl(const MessageView& message) noexcept {
  std::optional<std::uint32_t> least;
  message.for_each([&least](const Record& record) {
    if (record.type != RrType::opt) {
      least = std::min(least.value_or(UINT32_MAX), sane_ttl(record.ttl));
    }
    return true;
  });
  return least;
}

std::optional<std::uint32_t> negative_ttl(const MessageView& message) noexcept {
  std::optional<std::uint32_t> ttl;
  message.for_each([&](const Record& record) {
    if (record.section != Section::authority || record.type != RrType::soa) return true;
    const auto minimum = soa_minimum(message.message(), record);
    if (minimum) ttl = std::min(sane_ttl(record.ttl), sane_ttl(*minimum));
    return false;
  });
  return ttl;
}

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
