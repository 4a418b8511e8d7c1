#include "resolver/admission.h"

#include <algorithm>

namespace holdfast {
namespace {

using dns::ParseError;
using dns::Rcode;
using dns::RrClass;
using dns::RrType;

Admitted reply(Rcode rcode) noexcept {
  Admitted admitted;
  admitted.what = Admission::reply;
  admitted.meta.rcode = rcode;
  return admitted;
}

Admitted prohibited(const char* why) noexcept {
  Admitted admitted = reply(Rcode::refused);
  admitted.meta.ede = dns::EdeCode::prohibited;
  admitted.meta.ede_text = why;
  return admitted;
}

/// Types that no resolver looks up: zone transfers and the meta types of RFC 6895 3.1. ANY is
/// answered here too (RFC 8482), but with data: see local_names.h.
std::optional<Rcode> refused_type(RrType type) noexcept {
  switch (type) {
    case RrType::axfr:
    case RrType::ixfr:
      return Rcode::refused;
    case RrType::none:
    case RrType::opt:
    case RrType::nxname:  // RFC 9824 3.5
      return Rcode::formerr;
    case RrType::any:
      return std::nullopt;
    default:
      if (dns::is_meta(type)) return Rcode::notimp;
      return std::nullopt;
  }
}

}  // namespace

Admitted admit(const dns::QueryView& query, const IpAddress& client,
               std::span<const IpPrefix> acl) noexcept {
  if (query.error == ParseError::short_header) return {Admission::drop_short, {}, false};
  if (query.header.has(dns::flag::qr)) return {Admission::drop_response, {}, false};
  const IpAddress address = client.unmapped();
  if (std::ranges::none_of(acl, [&](const IpPrefix& p) { return p.contains(address); })) {
    Admitted refused = prohibited("not in the access list");
    refused.refused_by_acl = true;
    return refused;
  }
  if (query.header.opcode() != dns::Opcode::query) return reply(Rcode::notimp);
  if (query.error != ParseError::none) return reply(Rcode::formerr);
  if (query.edns && query.edns->version != 0) return reply(Rcode::badvers);
  if (query.rr_class != RrClass::in) return prohibited("class IN only");
  if (const auto rcode = refused_type(query.type)) return reply(*rcode);
  return {};
}

}  // namespace holdfast
