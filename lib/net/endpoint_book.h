// EndpointBook: where upstreams that are given by host name are found. Written by the bootstrap on
// the control thread, read by every transport when it opens a socket.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
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

  /// Is it known where the upstream is: by addresses of its own, or by its host's?
  [[nodiscard]] bool locates(const Upstream& upstream) const;

  /// Changes with every publish(); cheap enough to ask per exchange. 0 before the first.
  [[nodiscard]] std::uint32_t version(UpstreamId id) const noexcept {
    return versions_[index(id)].load(std::memory_order_acquire);
  }

 private:
  mutable std::mutex mutex_;  // of pages_
  std::array<std::shared_ptr<const Endpoints>, kMaxUpstreams> pages_;
  std::array<std::atomic<std::uint32_t>, kMaxUpstreams> versions_{};
};

}  // namespace holdfast
