// What the transports of one thread stand on, and the form both give a query.
#pragma once

#include "base/random.h"
#include "dns/reply_builder.h"
#include "net/endpoint_book.h"
#include "net/event_loop.h"
#include "resolver/transport.h"
#include "resolver/worker_counters.h"

namespace holdfast {

/// All of it outlives the transports.
struct TransportContext {
  EventLoop& loop;
  Random& random;
  WorkerCounters& counters;
  const EndpointBook& endpoints;
};

/// A query never exceeds this: header, a question of 259 bytes, an OPT without options.
inline constexpr std::size_t kQueryBuffer = 512;

/// What the query of an exchange says; its id is still to be chosen.
[[nodiscard]] inline dns::QueryShape query_shape(const Upstream& upstream,
                                                 const ExchangeRequest& request) noexcept {
  dns::QueryShape shape;
  shape.checking_disabled = request.checking_disabled;
  shape.authentic_data = upstream.trust_ad;
  shape.edns = request.edns;
  shape.dnssec_ok = request.dnssec_ok;
  return shape;
}

}  // namespace holdfast
