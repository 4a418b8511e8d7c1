// From an upstream's reply to what we keep and hand out: the question and the records that answer
// it, nothing else. Pure; writes into a buffer of the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/function_ref.h"
#include "dns/message_view.h"

namespace holdfast::dns {

/// What a normalised answer is, seen at the end of its CNAME chain (RFC 2308 2, RFC 6604).
enum class AnswerKind : std::uint8_t { positive, nodata, nxdomain };

struct NormalisedAnswer {
  Bytes message;  // header, question, records; no OPT; a prefix of the buffer given
  AnswerKind kind = AnswerKind::nodata;
  std::uint32_t ttl =
      0;  // seconds it may be kept (not yet capped): min over its records, or RFC 2308
  std::uint32_t most_ttl = 0;  // the largest of its records
  bool has_soa = false;        // negative answers without SOA should not be cached (RFC 2308 5)
  Name last_name;              // the end of the CNAME chain: where an NXDOMAIN belongs
  bool chain_open =
      false;  // ends in a CNAME about whose target this says nothing, not even by an SOA
  bool holds_private_address = false;  // an A/AAAA record of RFC 1918, 6598, ULA, link-local
  /// The earliest expiration among its RRSIGs, in seconds since 1970 modulo 2^32 (RFC 4034 3.1.5):
  /// a signed answer should not be handed out later. Only with dnssec_ok.
  std::optional<std::uint32_t> signed_until;
};

/// Is the reply's sender to be believed about a CNAME's target?
using Believed = FunctionRef<bool(const Name& target)>;

/// Keeps of `reply`
/// - answer records of the question's CNAME/DNAME chain, found in any order, written in the
/// chain's:
///   the CNAMEs (with a DNAME that explains one) and, at its end, records of the asked type; their
///   RRSIGs with dnssec_ok. A question for CNAME or ANY follows no chain;
/// - of authority, for negative answers the SOA if its owner encloses the last name; with dnssec_ok
///   its RRSIG, and signed NSEC and NSEC3 of a zone that the chain touches;
/// - nothing of additional, and no foreign record (RFC 5452 9.2, RFC 2181 5.4.1).
/// Duplicates stay once; TTLs of an RRset become its smallest (RFC 2181 5.2), those with the top
/// bit 0, the SOA's at most its MINIMUM (RFC 2308 5). Names are compressed anew, and written out in
/// rdata that must not be compressed (RFC 3597 4).
///
/// At the first CNAME whose target `believed` denies, the chain is open: what the reply says of the
/// target, its rcode included, is left out.
///
/// nullopt: a kept record's rdata is malformed, the chain loops or has too many links
/// (AnswerSelection), or the result does not fit. Precondition: reply.ok(), rcode NOERROR or
/// NXDOMAIN, TC clear. buffer should have 65535 bytes.
[[nodiscard]] std::optional<NormalisedAnswer> normalise(const MessageView& reply, bool dnssec_ok,
                                                        std::span<std::uint8_t> buffer,
                                                        const Believed& believed) noexcept;
/// The same, and the reply is believed about every target.
[[nodiscard]] std::optional<NormalisedAnswer> normalise(const MessageView& reply, bool dnssec_ok,
                                                        std::span<std::uint8_t> buffer) noexcept;

}  // namespace holdfast::dns
