// UdpTransport: exchanges over UDP, of one thread. Unpredictable ids, random source ports, 0x20
// case, cookies and the reply checks of RFC 5452; what does not match is counted and ignored: one
// such datagram never ends an exchange, and many only send it to TCP. Retries, time-outs and TCP
// after truncation are the lookup's.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "base/slab.h"
#include "dns/reply_check.h"
#include "net/port_pool.h"
#include "net/transport_context.h"
#include "net/udp_outbox.h"
#include "net/upstream_poller.h"

namespace holdfast {

class UdpTransport {
 public:
  UdpTransport(const TransportContext& context, const PortPolicy& policy);
  ~UdpTransport();
  UdpTransport(const UdpTransport&) = delete;
  UdpTransport& operator=(const UdpTransport&) = delete;

  /// As Transport::start.
  [[nodiscard]] std::optional<SlabHandle> start(const Upstream& upstream,
                                                const ExchangeRequest& request, ExchangeSink& sink,
                                                std::uint64_t token, TimePoint now) noexcept;
  /// As Transport::cancel.
  void cancel(SlabHandle handle) noexcept;

  /// Forgets the upstream: idle ports close now, the others with their last exchange. A later
  /// start() begins anew, also with another server under the same id.
  void retire(UpstreamId id) noexcept;

  /// Closes ports that are past their time and idle.
  void sweep(TimePoint now) noexcept;

  [[nodiscard]] std::size_t open_ports() const noexcept { return ports_.size(); }

  /// Closes every port and forgets every exchange, without a call back. For good.
  void close() noexcept;

 private:
  struct Exchange {
    ExchangeSink* sink = nullptr;
    std::uint64_t token = 0;
    UpstreamId upstream{};
    bool exact_case = false;             // 0x20: a reply in other case is not believed
    std::uint8_t refusals = 0;           // addresses of the upstream that it was turned away from
    std::uint8_t tries = 0;              // ports that could not send it
    std::optional<ClientCookie> cookie;  // that went out
    std::uint64_t strays = 0;            // the mark of its pool's StrayWatch
    SlabHandle port;
    dns::QueryShape shape;   // with the id it has on its port
    dns::Question question;  // in the case that went out
  };

  /// Room for what one call to the kernel may deliver.
  struct Inbox;

  struct Ending {
    SlabHandle exchange;
    Outcome outcome = Outcome::closed;
  };

  PortPool& pool_of(const Upstream& upstream);
  [[nodiscard]] std::optional<Outcome> queue(PortPool& pool, SlabHandle exchange,
                                             TimePoint now) noexcept;
  void flush();
  void send_again(const std::vector<UdpOutbox::Unsent>& unsent);
  [[nodiscard]] std::optional<Outcome> try_next_address(SlabHandle exchange, Outcome failure,
                                                        TimePoint now) noexcept;
  void on_ready(SlabHandle port);
  void on_datagram(SlabHandle port, dns::Bytes message, TimePoint now);
  [[nodiscard]] CookieProof proof_of(const Exchange& exchange, dns::Bytes message, TimePoint now);
  void on_reply(SlabHandle exchange, dns::ReplyMatch match, dns::Bytes message, TimePoint now);
  void on_stray(UdpPort& port);
  void on_port_failed(SlabHandle port, Outcome outcome);
  void end_soon(SlabHandle exchange, Outcome outcome);
  void end_those();
  void end(SlabHandle exchange, const ExchangeEnd& how, TimePoint now);
  void leave_port(Exchange& exchange) noexcept;
  void let_go(SlabHandle exchange) noexcept;

  TransportContext context_;
  PortPolicy policy_;
  Slab<Exchange> exchanges_;
  UdpPorts ports_;
  UpstreamPoller poller_;
  std::array<std::unique_ptr<PortPool>, kMaxUpstreams> pools_;
  std::unique_ptr<Inbox> inbox_;
  UdpOutbox outbox_;
  std::uint64_t turn_ = 1;  // of the loop: queries of one may share ports
  std::vector<Ending> endings_;
};

}  // namespace holdfast
