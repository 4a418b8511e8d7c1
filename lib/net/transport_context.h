// What the transports of one thread stand on, and the form both give a query.
#pragma once

#include "base/random.h"
#include "dns/reply_builder.h"
#include "net/endpoint_book.h"
#include "net/event_loop.h"
#include "net/tls_trust.h"
#include "resolver/transport.h"
#include "resolver/worker_counters.h"

namespace holdfast {

/// All of it outlives the transports.
struct TransportContext {
  EventLoop& loop;
  Random& random;
  WorkerCounters& counters;
  const EndpointBook& endpoints;
  const TlsTrust& trust;
};

/// A query never exceeds this: header, a question of 259 bytes, an OPT with at most padding.
inline constexpr std::size_t kQueryBuffer = 512;

/// Queries that are encrypted are as long as many others (RFC 8467 4.1).
inline constexpr std::uint16_t kPaddedBlock = 128;

/// What the query of an exchange says; its id is still to be chosen.
[[nodiscard]] inline dns::QueryShape query_shape(const Upstream& upstream,
                                                 const ExchangeRequest& request) noexcept {
  dns::QueryShape shape;
  shape.checking_disabled = request.checking_disabled;
  shape.authentic_data = upstream.trust_ad;
  shape.edns = request.edns;
  shape.dnssec_ok = request.dnssec_ok;
  if (is_encrypted(upstream.transport)) shape.block = kPaddedBlock;
  return shape;
}

}  // namespace holdfast
