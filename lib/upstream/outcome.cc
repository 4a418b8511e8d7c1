#include "upstream/outcome.h"

#include <array>

namespace holdfast {
namespace {

using enum Disposition;

constexpr std::array<OutcomeRow, kOutcomes> kTable{{
    {Outcome::positive, accept, Origin::none, false, "positive"},
    {Outcome::nodata, accept, Origin::none, false, "nodata"},
    {Outcome::nxdomain, accept, Origin::none, false, "nxdomain"},
    {Outcome::servfail, next_upstream, Origin::remote, true, "servfail"},
    {Outcome::refused, next_upstream, Origin::remote, true, "refused"},
    {Outcome::notimp, next_upstream, Origin::remote, true, "notimp"},
    {Outcome::formerr, next_upstream, Origin::remote, true, "formerr"},
    {Outcome::formerr_edns, retry_plain, Origin::remote, false, "formerr_edns"},
    {Outcome::other_rcode, next_upstream, Origin::remote, true, "other_rcode"},
    {Outcome::timeout, next_upstream, Origin::remote, true, "timeout"},
    {Outcome::connection_refused, next_upstream, Origin::remote, true, "connection_refused"},
    {Outcome::unreachable, next_upstream, Origin::remote, true, "unreachable"},
    {Outcome::closed, next_upstream, Origin::remote, true, "closed"},
    {Outcome::tls_stalled, next_upstream, Origin::remote, true, "tls_stalled"},
    {Outcome::tls_failed, next_upstream, Origin::remote, true, "tls_failed"},
    {Outcome::certificate, next_upstream, Origin::remote, true, "certificate"},
    {Outcome::pin, next_upstream, Origin::remote, true, "pin"},
    {Outcome::no_socket, next_upstream, Origin::local, false, "no_socket"},
    {Outcome::throttled, next_upstream, Origin::local, false, "throttled"},
    {Outcome::malformed, next_upstream, Origin::remote, true, "malformed"},
    {Outcome::wrong_case, retry_tcp, Origin::remote, false, "wrong_case"},
    {Outcome::no_cookie, retry_tcp, Origin::remote, false, "no_cookie"},
    {Outcome::bad_cookie, retry_cookie, Origin::remote, false, "bad_cookie"},
    {Outcome::spoofed, retry_tcp, Origin::local, false, "spoofed"},
    {Outcome::truncated, retry_tcp, Origin::remote, false, "truncated"},
    {Outcome::lame, next_upstream, Origin::remote, true, "lame"},
    {Outcome::http_status, next_upstream, Origin::remote, true, "http_status"},
    {Outcome::http_content, next_upstream, Origin::remote, true, "http_content"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].outcome) != i) return false;
  }
  return true;
}

static_assert(in_order(), "the table is indexed by the enum");

}  // namespace

const OutcomeRow& row(Outcome outcome) noexcept {
  return kTable[static_cast<std::size_t>(outcome)];
}

}  // namespace holdfast
