// What a reload or a changed network means for the transports of one thread.
#pragma once

#include "net/transport_set.h"
#include "resolver/snapshot.h"

namespace holdfast {

/// Retires the upstreams of `before` that `next` has no more, or has as another server.
void retire_gone(TransportSet& transport, const Snapshot& before, const Snapshot& next);

/// Every upstream is reached through new sockets.
void reset_all(TransportSet& transport, const Snapshot& snapshot);

}  // namespace holdfast
