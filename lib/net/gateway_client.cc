#include "net/gateway_client.h"

#include <algorithm>
#include <utility>

#include "net/network_picture.h"
#include "rpc/gateway_reply.h"

namespace holdfast {
namespace {

using Status = ens::GatewayReply::Status;

// With the largest response each, 64 MiB.
constexpr std::size_t kMostFetches = 256;
constexpr Duration kPatience = 1500ms;

/// Those of this host. nullopt: they cannot be told.
std::optional<std::vector<IpAddress>> own_addresses() {
  const auto picture = look_at_network({});
  if (!picture) return std::nullopt;
  std::vector<IpAddress> own;
  for (const auto& [interface, address] : picture->addresses)
    own.push_back(address);
  return own;
}

ens::GatewayReply reply_of(const HttpReply& said) {
  switch (said.end) {
    case HttpReply::End::answered:
      return rpc::read_gateway_reply(said.status, said.body);
    case HttpReply::End::unreachable:
      return {Status::unreachable, 0, {}};
    case HttpReply::End::timed_out:
      return {Status::timed_out, 0, {}};
    case HttpReply::End::too_large:
      return {Status::too_large, 0, {}};
  }
  return {};
}

}  // namespace

GatewayClient::GatewayClient(EventLoop& loop, HttpClient& http,
                             std::shared_ptr<const rpc::Chain> chain)
    : loop_(loop),
      http_(http),
      chain_(std::move(chain)),
      fetches_(kMostFetches),
      finder_(loop, chain_->host_servers),
      here_(std::make_shared<bool>(true)) {}

GatewayClient::~GatewayClient() {
  fetches_.for_each([this](SlabHandle, Fetch& fetch) {
    if (fetch.http) http_.cancel(*fetch.http);
  });
}

std::optional<SlabHandle> GatewayClient::fetch(const ens::GatewayRequest& request, Done done) {
  const SlabHandle handle = fetches_.emplace(Fetch{request, {}, std::nullopt, std::move(done)});
  Fetch* made = fetches_.find(handle);
  if (made == nullptr) return std::nullopt;
  auto judged = rpc::judge_gateway(request.url, chain_->gateways);
  if (const auto* status = std::get_if<Status>(&judged)) {
    end_soon(handle, *status);
    return handle;
  }
  made->place = std::get<rpc::GatewayPlace>(std::move(judged));
  if (made->place.address) {
    loop_.post([this, handle, address = *made->place.address, here = std::weak_ptr(here_)] {
      if (!here.expired()) on_found(handle, {address});
    });
    return handle;
  }
  finder_.find(made->place.origin.host, [this, handle](const std::vector<IpAddress>& addresses) {
    on_found(handle, addresses);
  });
  return handle;
}

/// Judged at every use, not when they were found: this host's own may have changed since.
void GatewayClient::on_found(SlabHandle handle, const std::vector<IpAddress>& addresses) {
  const Fetch* fetch = fetches_.find(handle);
  if (fetch == nullptr) return;
  const TimePoint now = loop_.now();
  if (addresses.empty()) return end(handle, {Status::unreachable, 0, {}}, now);
  const auto own = own_addresses();
  std::vector<IpAddress> good;
  if (own) {
    std::ranges::copy_if(addresses, std::back_inserter(good), [&](const IpAddress& address) {
      return rpc::may_reach(fetch->place, address, *own);
    });
  }
  if (good.empty()) return end(handle, {Status::refused, 0, {}}, now);
  send(handle, std::move(good));
}

void GatewayClient::send(SlabHandle handle, std::vector<IpAddress> addresses) {
  Fetch& fetch = *fetches_.find(handle);
  HttpRequest request;
  request.url = fetch.request.url;
  request.host = fetch.place.origin.host;
  request.port = fetch.place.origin.port;
  request.addresses = std::move(addresses);
  request.headers = {"Accept: application/json"};
  if (fetch.request.json.empty()) {
    request.method = HttpRequest::Method::get;
  } else {
    request.headers.emplace_back("Content-Type: application/json");
    request.body = fetch.request.json;
  }
  request.ca_file = chain_->gateways.ca_file;
  request.patience = kPatience;
  request.most_bytes = chain_->bridge.gateways.most_bytes;
  fetch.http = http_.start(request, [this, handle](const HttpReply& said, TimePoint now) {
    end(handle, reply_of(said), now);
  });
  if (!fetch.http) end(handle, {Status::unreachable, 0, {}}, loop_.now());
}

void GatewayClient::end(SlabHandle handle, ens::GatewayReply reply, TimePoint now) {
  Fetch* fetch = fetches_.find(handle);
  if (fetch == nullptr) return;
  const Done done = std::move(fetch->done);
  fetches_.erase(handle);
  done(std::move(reply), now);
}

void GatewayClient::end_soon(SlabHandle handle, Status status) {
  loop_.post([this, handle, status, here = std::weak_ptr(here_)] {
    if (!here.expired()) end(handle, {status, 0, {}}, loop_.now());
  });
}

void GatewayClient::cancel(SlabHandle handle) noexcept {
  const Fetch* fetch = fetches_.find(handle);
  if (fetch == nullptr) return;
  if (fetch->http) http_.cancel(*fetch->http);
  fetches_.erase(handle);
}

}  // namespace holdfast
