// Where names stand inside an rdata. Names must be found to take a record out of its message, since
// they may be compressed (RFC 1035 4.1.4, RFC 3597 4); everything else in an rdata is bytes to us.
#pragma once

#include "base/function_ref.h"
#include "dns/message_view.h"

namespace holdfast::dns {

/// A piece of an rdata: a name if there is one, else bytes as they are.
struct RdataPart {
  Bytes bytes;
  const Name* name = nullptr;  // valid during the visit
};

/// Visits the pieces of the record's rdata in order. False if the rdata is malformed: a name is
/// broken, or what we know of the type's layout does not fill the rdata exactly; pieces before the
/// fault were visited. A type we know nothing of is one piece of bytes.
[[nodiscard]] bool walk_rdata(Bytes message, const Record& record,
                              FunctionRef<void(const RdataPart&)> visit) noexcept;

/// The same rdata? Names in it are compared without case and however compressed. Precondition: both
/// are records of `message` of one type, and walk_rdata() finds them sound.
[[nodiscard]] bool equal_rdata(Bytes message, const Record& a, const Record& b) noexcept;

/// May names in this type's rdata be compressed by a sender? Only those of RFC 1035 (RFC 3597 4).
[[nodiscard]] bool rdata_may_compress(RrType type) noexcept;

}  // namespace holdfast::dns
