// EDNS(0) (RFC 6891): reading and writing the OPT record, its options we know, and EDE (RFC 8914).
// OPT is hop by hop: nothing read here is ever passed on as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dns/types.h"
#include "dns/wire_reader.h"
#include "dns/wire_writer.h"

namespace holdfast::dns {

/// What we say in our own OPT records; also the most we send over UDP (RFC 9715).
inline constexpr std::uint16_t kUdpPayload = 1232;
/// Without EDNS (RFC 1035 4.2.1); smaller sizes in an OPT mean this (RFC 6891 6.2.3).
inline constexpr std::uint16_t kClassicUdpPayload = 512;

/// A DNS cookie (RFC 7873 4): the client's part, and behind it the server's 8 to 32 bytes, if
/// known.
inline constexpr std::size_t kClientCookieBytes = 8;
inline constexpr std::size_t kMaxCookieBytes = 40;

enum class OptionCode : std::uint16_t {
  client_subnet = 8,
  cookie = 10,
  tcp_keepalive = 11,
  padding = 12,
  ede = 15
};

/// An OPT record as received. Spans point into the message.
struct Edns {
  std::uint16_t payload = kClassicUdpPayload;  // as sent, not yet raised to 512
  std::uint8_t extended_rcode = 0;             // upper eight bits
  std::uint8_t version = 0;
  bool dnssec_ok = false;
  bool keepalive_asked = false;  // an edns-tcp-keepalive option was there (RFC 7828)
  Bytes cookie;                  // both parts of the first one, empty if there is none
  std::optional<EdeCode> ede;    // the first one
  Bytes ede_text;                // its EXTRA-TEXT, UTF-8 by promise only

  /// Reads the record behind its owner name and type, that is from CLASS on. nullopt (and a failed
  /// reader) if lengths do not fit, an option overruns, or a known option has an impossible length.
  static std::optional<Edns> read_after_type(WireReader& reader) noexcept;
};

/// The OPT record of a message of ours.
struct OptRecord {
  std::uint16_t payload = kUdpPayload;
  Rcode rcode = Rcode::noerror;  // upper eight bits are taken
  bool dnssec_ok = false;
  std::optional<EdeCode> ede;
  std::string_view ede_text;               // cut to 120 bytes
  Bytes cookie;                            // of kMaxCookieBytes at most; empty: none
  std::optional<std::uint16_t> keepalive;  // units of 100 ms (RFC 7828), TCP only
  std::optional<std::uint16_t> padding;    // so many zero bytes (RFC 7830)

  /// Writes the whole record; the caller counts it in ARCOUNT.
  void write(WireWriter& writer) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
};

/// The OPT record of a whole message, found without looking at anything else. nullopt if there is
/// none, or if the message is not well-formed up to it.
[[nodiscard]] std::optional<Edns> find_edns(Bytes message) noexcept;

}  // namespace holdfast::dns
