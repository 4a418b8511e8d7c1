#include "upstream/classify.h"

namespace holdfast {
namespace {

using dns::EdeCode;
using dns::Rcode;

bool between(EdeCode code, EdeCode first, EdeCode last) noexcept {
  return code >= first && code <= last;
}

Outcome by_rcode(Rcode rcode, bool edns_sent, bool edns_came, bool over_tcp) noexcept {
  switch (rcode) {
    case Rcode::noerror:
      return Outcome::positive;
    case Rcode::nxdomain:
      return Outcome::nxdomain;
    case Rcode::servfail:
      return Outcome::servfail;
    case Rcode::refused:
      return Outcome::refused;
    case Rcode::notimp:
      return edns_sent && !edns_came ? Outcome::formerr_edns : Outcome::notimp;
    case Rcode::formerr:
      return edns_sent && !edns_came ? Outcome::formerr_edns : Outcome::formerr;
    case Rcode::badvers:
      return edns_sent ? Outcome::formerr_edns : Outcome::other_rcode;
    case Rcode::badcookie:  // we send cookies over UDP only
      return edns_sent && !over_tcp ? Outcome::bad_cookie : Outcome::other_rcode;
    default:
      return Outcome::other_rcode;
  }
}

/// NS records and no SOA in authority: a pointer to somebody else (RFC 1034 4.3.1).
bool is_referral(const dns::MessageView& reply) noexcept {
  bool ns = false;
  bool soa = false;
  reply.for_each([&](const dns::Record& record) {
    if (record.section != dns::Section::authority) return true;
    ns = ns || record.type == dns::RrType::ns;
    soa = soa || record.type == dns::RrType::soa;
    return true;
  });
  return ns && !soa;
}

/// An error reply may leave the question out: then it is all header (and OPT), and still says so.
bool bare_error(const dns::MessageView& reply) noexcept {
  return reply.error() == dns::ParseError::question_count && reply.header().qdcount == 0 &&
         reply.rcode() != Rcode::noerror && reply.rcode() != Rcode::nxdomain;
}

}  // namespace

Verdict classify(const dns::MessageView& reply, bool edns_sent, bool over_tcp) noexcept {
  Verdict verdict;
  // What was cut may be cut anywhere, and its counts may still tell of the whole (RFC 2181 9).
  if (reply.has_question() && reply.header().has(dns::flag::tc)) {
    verdict.outcome = over_tcp ? Outcome::malformed : Outcome::truncated;
    return verdict;
  }
  if (!reply.ok() && !bare_error(reply)) return verdict;
  verdict.outcome = by_rcode(reply.rcode(), edns_sent, reply.edns().has_value(), over_tcp);
  if (!reply.edns() || !reply.edns()->ede) return verdict;
  verdict.ede = reply.edns()->ede;
  verdict.bogus = verdict.outcome == Outcome::servfail &&
                  between(*verdict.ede, EdeCode::dnssec_indeterminate, EdeCode::nsec_missing);
  verdict.blocked = dns::is_filters_reason(*verdict.ede);
  return verdict;
}

Outcome refine(const dns::MessageView& reply,
               const std::optional<dns::NormalisedAnswer>& answer) noexcept {
  if (!answer) return Outcome::malformed;
  const bool nxdomain = reply.rcode() == Rcode::nxdomain;
  if (answer->kind == dns::AnswerKind::positive) {
    return nxdomain ? Outcome::malformed : Outcome::positive;
  }
  // Records came, and none of them belongs to the question: somebody answers something else.
  const auto kept = dns::Header::read(answer->message);
  if (reply.header().ancount > 0 && kept && kept->ancount == 0) return Outcome::malformed;
  if (answer->kind == dns::AnswerKind::nxdomain) return Outcome::nxdomain;
  if (reply.header().ancount == 0 && is_referral(reply)) return Outcome::lame;
  return Outcome::nodata;
}

}  // namespace holdfast
