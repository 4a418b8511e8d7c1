// classify: what an upstream's reply means, before its records are looked at. What the records say
// (positive, nodata, nothing that belongs to the question) is refine()'s, once they are normalised.
#pragma once

#include <optional>
#include <string>

#include "dns/message_view.h"
#include "dns/normalise.h"
#include "upstream/outcome.h"

namespace holdfast {

/// A reply's meaning, with what an EDE says about it (RFC 8914).
struct Verdict {
  Outcome outcome = Outcome::malformed;
  std::optional<dns::EdeCode> ede;
  bool bogus = false;    // SERVFAIL with EDE 5 to 12: a validator's verdict
  bool blocked = false;  // EDE 15 to 18: a filter's verdict, final
};

/// From the header and OPT. NOERROR and NXDOMAIN become Outcome::positive and nxdomain for refine()
/// to correct. `edns_sent`: a FORMERR, NOTIMP or BADVERS may then be about the OPT.
[[nodiscard]] Verdict classify(const dns::MessageView& reply, bool edns_sent,
                               bool over_tcp) noexcept;

/// From the records: `answer` is what dns::normalise made of the reply, nullopt if nothing sane.
[[nodiscard]] Outcome refine(const dns::MessageView& reply,
                             const std::optional<dns::NormalisedAnswer>& answer) noexcept;

}  // namespace holdfast
