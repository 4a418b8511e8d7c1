// EndpointBook: where upstreams, and endpoints of chains, that are given by host name are found.
// Written by the bootstrap on the control thread, read by every transport when it opens a socket.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "upstream/upstream.h"

namespace holdfast {

using Endpoints = std::vector<Endpoint>;

/// Any thread.
class EndpointBook {
 public:
  /// Replaces what is known; an empty list is legal: nowhere to be found.
  void publish(UpstreamId id, Endpoints endpoints);

  /// What was published last; nullptr before.
  [[nodiscard]] std::shared_ptr<const Endpoints> find(UpstreamId id) const;

  /// The same of hosts that endpoints of chains are at.
  void publish_host(const std::string& host, std::vector<IpAddress> addresses);
  /// nullptr while it is not known.
  [[nodiscard]] std::shared_ptr<const std::vector<IpAddress>> find_host(
      const std::string& host) const;

  /// Changes with every publish_host().
  [[nodiscard]] std::uint32_t hosts_version() const noexcept {
    return hosts_version_.load(std::memory_order_acquire);
  }

  /// Is it known where the upstream is: by addresses of its own, or by its host's? Of a chain: is
  /// it known of any endpoint?
  [[nodiscard]] bool locates(const Upstream& upstream) const;

  /// Changes with every publish(); cheap enough to ask per exchange. 0 before the first.
  [[nodiscard]] std::uint32_t version(UpstreamId id) const noexcept {
    return versions_[index(id)].load(std::memory_order_acquire);
  }

 private:
  mutable std::mutex mutex_;  // of pages_ and hosts_
  std::array<std::shared_ptr<const Endpoints>, kMaxUpstreams> pages_;
  std::array<std::atomic<std::uint32_t>, kMaxUpstreams> versions_{};
  std::map<std::string, std::shared_ptr<const std::vector<IpAddress>>> hosts_;
  std::atomic<std::uint32_t> hosts_version_{0};
};

}  // namespace holdfast
