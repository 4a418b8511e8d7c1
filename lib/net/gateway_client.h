// GatewayClient: requests to contracts' gateways (EIP-3668), for one thread. Contracts choose the
// URLs, so this is where others could have us knock at doors of our own: each URL is judged, each
// host is looked up by the bootstrap servers, each address judged, and the connection goes to one
// of those and nowhere else. What may be asked for is ens/gateway_round.h's.
#pragma once

#include <functional>
#include <memory>

#include "base/slab.h"
#include "net/host_finder.h"
#include "net/http_client.h"
#include "rpc/chain.h"

namespace holdfast {

class GatewayClient {
 public:
  using Done = std::function<void(ens::GatewayReply, TimePoint)>;

  /// Both outlive this object. `http` serves nothing but gateways: a connection to an RPC endpoint
  /// must never be taken for one of theirs.
  GatewayClient(EventLoop& loop, HttpClient& http, std::shared_ptr<const rpc::Chain> chain);
  /// Requests under way end without a call back.
  ~GatewayClient();
  GatewayClient(const GatewayClient&) = delete;
  GatewayClient& operator=(const GatewayClient&) = delete;

  /// `done` is called once, from the loop, unless it is cancelled; never from in here. nullopt: too
  /// many at a time.
  [[nodiscard]] std::optional<SlabHandle> fetch(const ens::GatewayRequest& request, Done done);
  /// A stale handle is ignored.
  void cancel(SlabHandle fetch) noexcept;

 private:
  struct Fetch {
    ens::GatewayRequest request;
    rpc::GatewayPlace place;
    std::optional<HttpId> http;  // once it is sent
    Done done;
  };

  void on_found(SlabHandle handle, const std::vector<IpAddress>& addresses);
  void send(SlabHandle handle, std::vector<IpAddress> addresses);
  void end(SlabHandle handle, ens::GatewayReply reply, TimePoint now);
  void end_soon(SlabHandle handle, ens::GatewayReply::Status status);

  EventLoop& loop_;
  HttpClient& http_;
  std::shared_ptr<const rpc::Chain> chain_;
  Slab<Fetch> fetches_;
  HostFinder finder_;
  std::shared_ptr<bool> here_;  // for calls that are on their way
};

}  // namespace holdfast
