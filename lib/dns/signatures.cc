#include "dns/signatures.h"

namespace holdfast::dns {
namespace {

constexpr std::size_t kExpirationAt = 8;  // in an RRSIG's rdata
constexpr std::uint32_t kHalf = 0x80000000U;

}  // namespace

std::uint32_t expiration_of(Bytes message, const Record& rrsig) noexcept {
  WireReader reader(message.first(rrsig.end), rrsig.rdata_at + kExpirationAt);
  const std::uint32_t expiration = reader.u32();
  return reader.ok() ? expiration : 0;
}

std::uint32_t seconds_until(std::uint32_t expiration, std::chrono::seconds unix_time) noexcept {
  const std::uint32_t left = expiration - static_cast<std::uint32_t>(unix_time.count());
  return left < kHalf ? left : 0;
}

bool signatures_ended(Bytes message, std::chrono::seconds unix_time) noexcept {
  bool ended = false;
  MessageView::parse(message).for_each([&](const Record& record) {
    if (record.type != RrType::rrsig) return true;
    ended = seconds_until(expiration_of(message, record), unix_time) == 0;
    return !ended;
  });
  return ended;
}

}  // namespace holdfast::dns
