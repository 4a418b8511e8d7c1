#include "net/upstream_target.h"

#include <algorithm>

namespace holdfast {
namespace {

// A lookup asks a silent upstream again after half a second at the earliest: by then its other
// address should be in use.
constexpr Duration kSilence = 450ms;

}  // namespace

UpstreamTarget::UpstreamTarget(const Upstream& upstream, const EndpointBook& book)
    : id_(upstream.id),
      book_(upstream.endpoints.empty() ? &book : nullptr),
      endpoints_(upstream.endpoints),
      origin_{upstream.source, upstream.interface} {}

std::optional<Endpoint> UpstreamTarget::endpoint(TimePoint now) {
  if (book_ != nullptr && book_->version(id_) != version_) follow_book();
  if (endpoints_.empty()) return std::nullopt;
  if (silent_since_ != kForever && now - silent_since_ >= kSilence) {
    move_on_from(endpoints_[current_]);
  }
  return endpoints_[current_];
}

void UpstreamTarget::heard(const Endpoint& peer) noexcept {
  if (!endpoints_.empty() && endpoints_[current_] == peer) silent_since_ = kForever;
}

void UpstreamTarget::follow_book() {
  version_ = book_->version(id_);  // before the page: a newer page is only read twice
  const auto page = book_->find(id_);
  const auto in_use = endpoints_.empty() ? Endpoint{} : endpoints_[current_];
  endpoints_ = page ? *page : Endpoints{};
  // An address that is still good keeps its sockets.
  const auto same = std::ranges::find(endpoints_, in_use);
  if (same == endpoints_.end()) {
    use(0);
  } else {
    current_ = static_cast<std::size_t>(same - endpoints_.begin());
  }
}

void UpstreamTarget::use(std::size_t position) noexcept {
  current_ = position;
  silent_since_ = kForever;
}

void UpstreamTarget::move_on_from(const Endpoint& failed) noexcept {
  if (endpoints_.empty() || endpoints_[current_] != failed) return;
  use((current_ + 1) % endpoints_.size());
}

void UpstreamTarget::prefer(const Endpoint& peer) noexcept {
  const auto found = std::ranges::find(endpoints_, peer);
  if (found == endpoints_.end()) return;
  const auto position = static_cast<std::size_t>(found - endpoints_.begin());
  if (position != current_) use(position);
}

void UpstreamTarget::start_over() noexcept {
  use(0);
}

}  // namespace holdfast
