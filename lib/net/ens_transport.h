// EnsTransport: exchanges with upstreams of class ens, of one thread. A question becomes a
// Resolution (ens/resolution.h), its calls become Inquiries (rpc/inquiry.h) at the chain's
// endpoints, and what comes of it is a DNS message like any other upstream's. Gateways are not
// asked yet.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/slab.h"
#include "base/timer_queue.h"
#include "net/chain_client.h"
#include "net/transport_context.h"
#include "rpc/inquiry.h"

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

  /// What is wrong with one of its endpoints; "" if nothing is.
  [[nodiscard]] std::string fault_of(UpstreamId id) const;

  /// Ends everything without a call back. For good. Not from a sink.
  void close() noexcept;

 private:
  /// What is kept per upstream.
  struct Lane {
    Lane(HttpClient& http, Random& random, std::shared_ptr<const rpc::Chain> of)
        : chain(std::move(of)), client(http, random, chain) {}

    std::shared_ptr<const rpc::Chain> chain;
    ens::CutMemory memory;
    ChainClient client;
    std::vector<SlabHandle> waiting;  // for a block
  };

  struct OpenCall {
    std::size_t endpoint = 0;
    SlabHandle call;
  };

  struct Exchange {
    ExchangeSink* sink = nullptr;
    std::uint64_t token = 0;
    dns::Question question;
    std::shared_ptr<Lane> lane;
    ens::Block block;
    std::unique_ptr<ens::Resolution> resolution;  // null while it waits for a block
    // The call in hand:
    ens::AskId ask{};
    ens::ChainCall call;
    std::optional<rpc::Inquiry> inquiry;
    std::vector<OpenCall> open;
    std::vector<std::size_t> believed;  // who said what was believed last
    TimerId hedge;
  };

  [[nodiscard]] std::shared_ptr<Lane> lane_of(const Upstream& upstream);
  void settle_soon();
  void settle();
  void on_heads(Lane& lane, TimePoint now);
  [[nodiscard]] bool begin(SlabHandle handle, Exchange& exchange, TimePoint now);
  void advance(SlabHandle handle, TimePoint now);
  [[nodiscard]] bool take_asks(Exchange& exchange, TimePoint now);
  void ask_endpoints(SlabHandle handle, Exchange& exchange, TimePoint now);
  void on_said(SlabHandle handle, std::size_t endpoint, const ChainClient::CallSaid& said,
               TimePoint now);
  void conclude(Exchange& exchange, TimePoint now);
  void drop_calls(Exchange& exchange) noexcept;
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  void end(SlabHandle handle, const ens::Answer& answer, TimePoint now);
  void erase(SlabHandle handle) noexcept;

  TransportContext context_;
  std::unique_ptr<HttpClient> http_;  // once somebody needs it
  std::array<std::shared_ptr<Lane>, kMaxUpstreams> lanes_;
  Slab<Exchange> exchanges_;
  std::vector<SlabHandle> fresh_;            // to begin
  std::vector<std::shared_ptr<Lane>> gone_;  // whose last exchange may have ended in their own call
  std::vector<std::uint8_t> buffer_;         // of a message
  bool settling_ = false;
};

}  // namespace holdfast
