// admit: may this query be looked up at all? Access, shape, opcode, class and type, each with the
// reply that RFCs give it. Names answered here come after (local_names.h).
#pragma once

#include <optional>
#include <span>

#include "base/endpoint.h"
#include "dns/query_view.h"
#include "dns/reply_builder.h"

namespace holdfast {

/// What to do with a query before its name matters.
enum class Admission : std::uint8_t {
  proceed,
  drop_short,     // no whole header: nothing to answer
  drop_response,  // QR set: never answer an answer (RFC 1035 7.3, loops)
  reply,          // with `meta`
};

struct Admitted {
  Admission what = Admission::proceed;
  dns::ReplyMeta meta;
  bool refused_by_acl = false;
};

[[nodiscard]] Admitted admit(const dns::QueryView& query, const IpAddress& client,
                             std::span<const IpPrefix> acl) noexcept;

}  // namespace holdfast
