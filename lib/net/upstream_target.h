// UpstreamTarget: which of an upstream's endpoints one thread talks to, and from where. It moves on
// to the next one when one does not work or is silent, and follows the bootstrap.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "net/endpoint_book.h"
#include "net/upstream_socket.h"
#include "upstream/upstream.h"

namespace holdfast {

class UpstreamTarget {
 public:
  /// The book outlives this object; the upstream is copied from.
  UpstreamTarget(const Upstream& upstream, const EndpointBook& book);

  /// The endpoint in use; nullopt while the host's addresses are unknown. Looks into the book, and
  /// leaves an endpoint that owes its first reply for too long, if there is another.
  [[nodiscard]] std::optional<Endpoint> endpoint(TimePoint now);

  /// A query went to the endpoint in use.
  void asked(TimePoint now) noexcept { silent_since_ = std::min(silent_since_, now); }

  /// A reply came from `peer`.
  void heard(const Endpoint& peer) noexcept;

  /// `failed` does not work: the next one is in use, if there is another and nobody moved already.
  void move_on_from(const Endpoint& failed) noexcept;

  /// `peer` was reached before all others: it is in use, if it is still one of the endpoints.
  void prefer(const Endpoint& peer) noexcept;

  /// Back to the first one: the network changed.
  void start_over() noexcept;

  [[nodiscard]] std::size_t choices() const noexcept { return endpoints_.size(); }

  [[nodiscard]] const SocketOrigin& origin() const noexcept { return origin_; }

 private:
  void follow_book();
  void use(std::size_t position) noexcept;

  UpstreamId id_;
  const EndpointBook* book_;  // nullptr: the endpoints are given
  std::uint32_t version_ = 0;
  Endpoints endpoints_;
  std::size_t current_ = 0;
  TimePoint silent_since_ = kForever;  // asked then, and no reply since
  SocketOrigin origin_;
};

}  // namespace holdfast
