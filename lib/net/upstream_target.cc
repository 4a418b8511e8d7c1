#include "net/upstream_target.h"

#include <algorithm>

namespace holdfast {

UpstreamTarget::UpstreamTarget(const Upstream& upstream, const EndpointBook& book)
    : id_(upstream.id),
      book_(upstream.endpoints.empty() ? &book : nullptr),
      endpoints_(upstream.endpoints),
      origin_{upstream.source, upstream.interface} {}

std::optional<Endpoint> UpstreamTarget::endpoint() {
  if (book_ != nullptr && book_->version(id_) != version_) follow_book();
  if (endpoints_.empty()) return std::nullopt;
  return endpoints_[current_];
}

void UpstreamTarget::follow_book() {
  version_ = book_->version(id_);  // before the page: a newer page is only read twice
  const auto page = book_->find(id_);
  const auto in_use = endpoints_.empty() ? Endpoint{} : endpoints_[current_];
  endpoints_ = page ? *page : Endpoints{};
  // An address that is still good keeps its sockets.
  const auto same = std::ranges::find(endpoints_, in_use);
  current_ = same == endpoints_.end() ? 0 : static_cast<std::size_t>(same - endpoints_.begin());
}

void UpstreamTarget::move_on_from(const Endpoint& failed) noexcept {
  if (endpoints_.empty() || endpoints_[current_] != failed) return;
  current_ = (current_ + 1) % endpoints_.size();
}

void UpstreamTarget::start_over() noexcept {
  current_ = 0;
}

}  // namespace holdfast
