// From an upstream's reply to what we keep and hand out: the question and the records that answer
// it, nothing else. Pure; writes into a buffer of the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dns/message_view.h"

namespace holdfast::dns {

/// What a normalised answer is, seen at the end of its CNAME chain (RFC 2308 2, RFC 6604).
enum class AnswerKind : std::uint8_t { positive, nodata, nxdomain };

struct NormalisedAnswer {
  Bytes message;  // header, question, records; no OPT; a prefix of the buffer given
  AnswerKind kind;
  std::uint32_t ttl;  // seconds it may be kept (not yet capped): min over its records, or RFC 2308
  bool has_soa = false;     // negative answers without SOA should not be cached (RFC 2308 5)
  Name last_name;           // the end of the CNAME chain: where an NXDOMAIN belongs
  bool chain_open = false;  // the chain ends in a CNAME whose target has no record here
  bool holds_private_address = false;  // an A/AAAA record of RFC 1918, 6598, ULA, link-local
};

/// Keeps of `reply`: answer records that belong to the question's CNAME/DNAME chain (in any order)
/// and have its type, or CNAME/DNAME, or (with dnssec_ok) RRSIG; for negative answers the SOA (and
/// with dnssec_ok NSEC, NSEC3, RRSIG) of authority when its owner encloses the last name; nothing
/// of additional. Foreign records are dropped (RFC 5452 9.2, 2181 5.4.1); duplicates once; TTLs of
/// an RRset become its smallest (RFC 2181 5.2). TTLs with the top bit are 0. Names are written out
/// so that pointers point only within the result. nullopt: the reply is malformed where it matters
/// (broken rdata names of CNAME/SOA, chain loop or longer than 16, does not fit). Precondition:
/// reply.ok(), rcode NOERROR or NXDOMAIN, TC clear. buffer should have 65535 bytes.
[[nodiscard]] std::optional<NormalisedAnswer> normalise(const MessageView& reply, bool dnssec_ok,
                                                        std::span<std::uint8_t> buffer) noexcept;

}  // namespace holdfast::dns
