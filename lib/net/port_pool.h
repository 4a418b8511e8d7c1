// PortPool: the source ports one thread uses towards one upstream. Each is a connected socket of
// its own, opened when first picked and retired after some seconds, so that whoever forges replies
// must guess the port as well as the id (RFC 5452 9.2). What is sent through them is
// udp_transport.h.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "base/slab.h"
#include "base/time.h"
#include "net/cookie_jar.h"
#include "net/owned_fd.h"
#include "net/upstream_pending.h"
#include "net/upstream_poller.h"
#include "net/upstream_target.h"
#include "upstream/stray_watch.h"
#include "upstream/upstream.h"

namespace holdfast {

/// One socket, one source port.
struct UdpPort {
  OwnedFd fd;
  UpstreamId upstream{};
  Endpoint peer;
  IpAddress source;
  TimePoint expires{};
  bool retired = false;  // in no pool: closes when nothing is pending
  PendingReplies pending;
  AnsweredIds answered;
  std::uint32_t owed = 0;  // replies that nobody waits for any more, and that may yet come
};

struct PortPolicy {
  std::uint32_t ports = 64;    // per upstream
  Duration life = 10s;         // ± 25 %, then a new socket takes the place
  std::size_t pending = 1024;  // in flight on one port
};

/// The ports of all upstreams of one thread.
using UdpPorts = Slab<UdpPort>;

class PortPool {
 public:
  /// ports and poller outlive the pool.
  PortPool(UpstreamId id, UpstreamTarget target, UdpPorts& ports, UpstreamPoller& poller,
           const PortPolicy& policy);
  /// Retires every port.
  ~PortPool();
  PortPool(const PortPool&) = delete;
  PortPool& operator=(const PortPool&) = delete;

  struct Pick {
    SlabHandle port;                       // names nothing if there is none
    Outcome failure = Outcome::no_socket;  // then: why
    bool no_descriptor = false;            // one more would have been opened
  };

  /// A random port to send a query through, with room for it. Out of descriptors it is one that is
  /// open already. Endpoints that cannot be reached, or are silent, are passed over. A few queries
  /// of one turn of the loop, of whatever number, share a port.
  [[nodiscard]] Pick pick(Random& random, std::uint64_t turn, TimePoint now);

  /// Takes the port out of the pool; it closes at once or with its last exchange.
  void retire(SlabHandle handle) noexcept;
  void retire_all() noexcept;

  /// Closes what expired and has nothing pending.
  void sweep(TimePoint now) noexcept;

  /// Calls visit(port) for each that is open, retired ones included.
  template <typename Visit>
  void for_each_port(Visit visit) {
    for (const auto* handles : {&slots_, &retired_}) {
      for (const SlabHandle handle : *handles) {
        if (UdpPort* port = ports_.find(handle)) visit(*port);
      }
    }
  }

  [[nodiscard]] UpstreamTarget& target() noexcept { return target_; }

  [[nodiscard]] CookieJar& cookies() noexcept { return cookies_; }

  [[nodiscard]] StrayWatch& strays() noexcept { return strays_; }

 private:
  [[nodiscard]] Pick choose(Random& random, TimePoint now);
  [[nodiscard]] UdpPort* usable(SlabHandle handle, TimePoint now) noexcept;
  [[nodiscard]] bool may_retire() noexcept;
  [[nodiscard]] SlabHandle any_usable(std::size_t from, TimePoint now) noexcept;
  [[nodiscard]] Pick open(const Endpoint& peer, TimePoint expires);

  UpstreamId id_;
  UpstreamTarget target_;
  CookieJar cookies_;
  StrayWatch strays_;
  UdpPorts& ports_;
  UpstreamPoller& poller_;
  const PortPolicy& policy_;
  Endpoint peer_;                    // of the ports in slots_
  std::vector<SlabHandle> slots_;    // policy.ports of them
  std::vector<SlabHandle> retired_;  // still waiting for replies, and stale ones
  SlabHandle shared_;                // by the queries of this turn …
  std::uint64_t shared_turn_ = 0;
  unsigned shared_by_ = 0;  // … so many until now
};

}  // namespace holdfast
