// Snapshot: the configuration in force as the resolver needs it, immutable, built whole and swapped
// whole (control/build_snapshot.h makes it). Lookups in flight keep the one they began with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "dns/name.h"
#include "route/route_table.h"
#include "upstream/policy.h"
#include "upstream/upstream.h"

namespace holdfast {

/// Fixed answers of the configuration (`hosts`).
struct HostEntry {
  dns::Name name;
  std::vector<IpAddress> addresses;
};

/// Bounds on what clients can make one worker hold. What is beyond is shed and counted.
struct Limits {
  std::size_t lookups = 20'000;  // in flight, per worker
  std::size_t waiters = 40'000;  // client queries waiting for them, per worker
  std::size_t waiters_per_lookup = 1'000;
  std::size_t tcp_clients = 2'048;                         // connections, per worker
  std::size_t tcp_clients_per_address = 128;               // not applied to loopback
  std::size_t tcp_queries_per_connection = 128;            // in flight
  std::size_t tcp_unsent_bytes = std::size_t{256} * 1024;  // per connection; beyond: reading stops
  Duration tcp_idle = 10s;
  Duration tcp_frame = 5s;  // a begun frame must be whole, a reply must be taken, within this
};

struct TtlBounds {
  Duration min{0s};
  Duration max = 24h;
  Duration negative_max = 1h;  // RFC 2308 5: 1 to 3 hours
};

struct Snapshot {
  std::uint64_t generation = 0;
  std::vector<std::shared_ptr<const Upstream>>
      upstreams;                       // by index(UpstreamId); null where retired
  std::vector<std::uint64_t> retired;  // by index: the generation that retired the id; 0: in use
  std::vector<std::string> providers;  // by ProviderId
  RouteTable routes;
  FailoverPolicy policy;
  std::vector<IpPrefix> acl;
  std::vector<HostEntry> hosts;  // sorted by lower-case wire name is not required: few
  Limits limits;
  TtlBounds ttl;

  /// Precondition: the id is of this snapshot.
  [[nodiscard]] const Upstream& upstream(UpstreamId id) const noexcept {
    return *upstreams[index(id)];
  }
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace holdfast
