#include "net/endpoint_book.h"

#include <utility>

namespace holdfast {

void EndpointBook::publish(UpstreamId id, Endpoints endpoints) {
  auto page = std::make_shared<const Endpoints>(std::move(endpoints));
  const std::lock_guard lock(mutex_);
  pages_[index(id)].swap(page);
  versions_[index(id)].fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const Endpoints> EndpointBook::find(UpstreamId id) const {
  const std::lock_guard lock(mutex_);
  return pages_[index(id)];
}

bool EndpointBook::locates(const Upstream& upstream) const {
  if (!upstream.endpoints.empty() || upstream.chain) return true;
  const auto page = find(upstream.id);
  return page && !page->empty();
}

}  // namespace holdfast
