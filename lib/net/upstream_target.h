// UpstreamTarget: which of an upstream's endpoints one thread talks to, and from where. It moves on
// to the next one when told that one does not work, and follows the bootstrap.
#pragma once

#include <cstdint>
#include <optional>

#include "net/endpoint_book.h"
#include "net/upstream_socket.h"
#include "upstream/upstream.h"

namespace holdfast {

class UpstreamTarget {
 public:
  /// The book outlives this object; the upstream is copied from.
  UpstreamTarget(const Upstream& upstream, const EndpointBook& book);

  /// The endpoint in use; nullopt while the host's addresses are unknown. Looks into the book.
  [[nodiscard]] std::optional<Endpoint> endpoint();

  /// `failed` does not work: the next one is in use, if there is another and nobody moved already.
  void move_on_from(const Endpoint& failed) noexcept;

  /// Back to the first one: the network changed.
  void start_over() noexcept;

  [[nodiscard]] std::size_t choices() const noexcept { return endpoints_.size(); }

  [[nodiscard]] const SocketOrigin& origin() const noexcept { return origin_; }

 private:
  void follow_book();

  UpstreamId id_;
  const EndpointBook* book_;  // nullptr: the endpoints are given
  std::uint32_t version_ = 0;
  Endpoints endpoints_;
  std::size_t current_ = 0;
  SocketOrigin origin_;
};

}  // namespace holdfast
