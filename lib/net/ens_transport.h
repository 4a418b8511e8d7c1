// EnsTransport: exchanges with upstreams of class ens, of one thread. A question becomes a
// Resolution (ens/resolution.h), its calls become Inquiries (rpc/inquiry.h) at the chain's
// endpoints, its requests to gateways a GatewayClient's, and what comes of it is a DNS message like
// any other upstream's.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/slab.h"
#include "base/timer_queue.h"
#include "net/chain_client.h"
#include "net/gateway_client.h"
#include "net/transport_context.h"
#include "rpc/inquiry.h"
#include "upstream/budget.h"

namespace holdfast {

class EnsTransport final : private TimerClient {
 public:
  explicit EnsTransport(const TransportContext& context);
  ~EnsTransport();
  EnsTransport(const EnsTransport&) = delete;
  EnsTransport& operator=(const EnsTransport&) = delete;

  /// As Transport::start.
  [[nodiscard]] std::optional<SlabHandle> start(const Upstream& upstream,
                                                const ExchangeRequest& request, ExchangeSink& sink,
                                                std::uint64_t token) noexcept;
  /// As Transport::cancel.
  void cancel(SlabHandle handle) noexcept;

  /// Forgets the upstream; its exchanges under way go on.
  void retire(UpstreamId id);
  /// The network changed: nothing is known of its endpoints.
  void reset(UpstreamId id);

  /// What is wrong with each of its endpoints, as far as this thread has seen, in words without
  /// their urls; "" where nothing is. Empty if the upstream was not asked yet.
  [[nodiscard]] std::vector<std::string> endpoint_faults(UpstreamId id) const;
  /// The first of them, and whose it is; "" if there is none.
  [[nodiscard]] std::string fault_of(UpstreamId id) const;

  /// Ends everything without a call back. For good. Not from a sink.
  void close() noexcept;

 private:
  /// What is kept per upstream.
  struct Lane {
    Lane(EnsTransport& owner, const Upstream& upstream)
        : chain(upstream.chain),
          client(owner.web_->endpoints, owner.context_.random, owner.context_.endpoints, chain,
                 owner.context_.counters.of_chain(upstream.id)),
          gateways(owner.context_.loop, owner.web_->gateways, chain) {}

    std::shared_ptr<const rpc::Chain> chain;
    ens::CutMemory memory;
    ChainClient client;
    GatewayClient gateways;
    std::vector<SlabHandle> waiting;  // for a block
    // One more endpoint is asked where those asked are slow: a bounded share of the calls, since
    // all of them are slow when the machine is.
    RetryBudget hedges{0.2, 128};
  };

  /// Two, so that no gateway is taken for an endpoint of the same name, and the other way round.
  struct Web {
    explicit Web(EventLoop& loop);

    HttpClient endpoints, gateways;
  };

  struct OpenCall {
    std::size_t endpoint = 0;
    SlabHandle call;
  };

  struct OpenFetch {
    ens::AskId ask{};
    SlabHandle fetch;
    std::size_t noted = 0;  // in the trail
  };

  struct Exchange {
    ExchangeSink* sink = nullptr;
    std::uint64_t token = 0;
    dns::Question question;
    std::shared_ptr<Lane> lane;
    ens::Block block;
    bool moved = false;                           // to another block, since the first was nobody's
    std::unique_ptr<ens::Resolution> resolution;  // null while it waits for a block
    // The call in hand:
    ens::AskId ask{};
    ens::ChainCall call;
    std::optional<rpc::Inquiry> inquiry;
    std::vector<OpenCall> open;
    std::vector<std::size_t> believed;  // who said what was believed last
    // Instead of a call, requests to gateways:
    std::vector<OpenFetch> fetches;
    std::shared_ptr<ChainTrail> trail;  // or null
    TimerId alarm;  // until the next endpoint is asked, or gateways are waited for no longer
  };

  [[nodiscard]] std::shared_ptr<Lane> lane_of(const Upstream& upstream);
  void settle_soon();
  void settle();
  void on_heads(Lane& lane, TimePoint now);
  void begin_or_wait(SlabHandle handle, TimePoint now);
  [[nodiscard]] bool begin(SlabHandle handle, Exchange& exchange, TimePoint now);
  void resolve_at(Exchange& exchange, const ens::Block& block, TimePoint now);
  [[nodiscard]] bool move_on(Exchange& exchange, TimePoint now);
  void advance(SlabHandle handle, TimePoint now);
  [[nodiscard]] bool take_asks(SlabHandle handle, Exchange& exchange, TimePoint now);
  void take_call(Exchange& exchange, ens::Ask& ask, TimePoint now);
  void ask_gateway(SlabHandle handle, Exchange& exchange, const ens::Ask& ask, TimePoint now);
  void on_gateway(SlabHandle handle, ens::AskId ask, ens::GatewayReply reply, TimePoint now);
  void ask_endpoints(SlabHandle handle, Exchange& exchange, TimePoint now);
  void on_said(SlabHandle handle, std::size_t endpoint, const ChainClient::CallSaid& said,
               TimePoint now);
  void conclude(Exchange& exchange, TimePoint now);
  void drop_open(Exchange& exchange) noexcept;
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  void on_slow(SlabHandle handle, TimePoint now);
  void end(SlabHandle handle, const ens::Answer& answer, TimePoint now);
  void erase(SlabHandle handle) noexcept;

  TransportContext context_;
  std::unique_ptr<Web> web_;  // once somebody needs it
  std::array<std::shared_ptr<Lane>, kMaxUpstreams> lanes_;
  Slab<Exchange> exchanges_;
  std::vector<SlabHandle> fresh_;            // to begin
  std::vector<std::shared_ptr<Lane>> gone_;  // whose last exchange may have ended in their own call
  std::vector<std::uint8_t> buffer_;         // of a message
  bool settling_ = false;
};

}  // namespace holdfast
