// What a listener hands to the Resolver, and how it gets the reply: at once in the buffer it offers
// (cache hits, errors), or later through its ReplySink.
#pragma once

#include <cstdint>
#include <span>

#include "base/endpoint.h"
#include "dns/query_view.h"

namespace holdfast {

/// Takes replies that were not ready at once.
class ReplySink {
 public:
  /// `ticket` is what came with the query; `reply` is valid during the call. Called once a query.
  virtual void send_reply(std::uint64_t ticket, dns::Bytes reply) noexcept = 0;

 protected:
  ~ReplySink() = default;
};

struct ClientQuery {
  dns::Bytes message;  // the datagram or frame; valid during the call only
  IpAddress client;    // for the ACL and the query log
  bool over_tcp = false;
  ReplySink* sink = nullptr;  // where a later reply goes; outlives the resolver's interest
  std::uint64_t ticket = 0;   // named by the listener; meaningful with `pending`
};

/// What became of a query at once.
enum class Handled : std::uint8_t {
  replied,  // the reply's bytes are in the buffer given
  dropped,  // no reply, ever (responses sent to us, runts, shed)
  pending,  // sink->send_reply(ticket, …) follows
};

struct HandledQuery {
  Handled what = Handled::dropped;
  dns::Bytes reply;  // with `replied`: a prefix of the buffer given
};

/// Size of the buffer that resolve() wants: the largest message.
inline constexpr std::size_t kReplyBuffer = 65535 + 512;

}  // namespace holdfast
