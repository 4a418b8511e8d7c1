// When signatures end: a signed answer is handed out no longer than its earliest RRSIG says (RFC
// 4035 5.3.3). Nothing here verifies a signature: a forwarder leaves that to validators.
#pragma once

#include <chrono>
#include <cstdint>

#include "dns/message_view.h"

namespace holdfast::dns {

/// The expiration field of an RRSIG: seconds since 1970 modulo 2^32 (RFC 4034 3.1.5); 0 if its
/// rdata is too short.
[[nodiscard]] std::uint32_t expiration_of(Bytes message, const Record& rrsig) noexcept;

/// How long until then, in serial number arithmetic (RFC 1982); 0 if it is over.
[[nodiscard]] std::uint32_t seconds_until(std::uint32_t expiration,
                                          std::chrono::seconds unix_time) noexcept;

/// Does the message hold an RRSIG whose time is over?
[[nodiscard]] bool signatures_ended(Bytes message, std::chrono::seconds unix_time) noexcept;

}  // namespace holdfast::dns
