#include "net/endpoint_book.h"

#include <algorithm>
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

void EndpointBook::publish_host(const std::string& host, std::vector<IpAddress> addresses) {
  const bool known = !addresses.empty();
  auto page = std::make_shared<const std::vector<IpAddress>>(std::move(addresses));
  const std::lock_guard lock(mutex_);
  if (known) {
    hosts_[host] = std::move(page);
  } else {
    hosts_.erase(host);
  }
  hosts_version_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const std::vector<IpAddress>> EndpointBook::find_host(
    const std::string& host) const {
  const std::lock_guard lock(mutex_);
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? nullptr : found->second;
}

bool EndpointBook::locates(const Upstream& upstream) const {
  if (!upstream.endpoints.empty()) return true;
  if (upstream.chain) {
    return std::ranges::any_of(upstream.chain->endpoints, [this](const rpc::EndpointSpec& one) {
      return !one.addresses.empty() || find_host(one.host) != nullptr;
    });
  }
  const auto page = find(upstream.id);
  return page && !page->empty();
}

}  // namespace holdfast
