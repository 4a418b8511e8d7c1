// TransportSet: the Transport of one thread. It sends each exchange by UDP, TCP or TLS,
// or asks a chain, keeps
// providers within their packet budgets, and closes what is no longer used.
#pragma once

#include <string>
#include <vector>

#include "base/timer_queue.h"
#include "net/ens_transport.h"
#include "net/tcp_transport.h"
#include "net/udp_transport.h"
#include "upstream/packet_budget.h"

namespace holdfast {

struct TransportPolicy {
  PortPolicy udp;
  TcpPolicy tcp;
};

class TransportSet final : public Transport, private TimerClient {
 public:
  /// What the context names, and budgets, outlive this object. std::system_error if the kernel
  /// gives no descriptors.
  TransportSet(const TransportContext& context, PacketBudgets& budgets,
               const TransportPolicy& policy = {});
  /// Precondition: closed, and the loop drained.
  ~TransportSet() override;

  [[nodiscard]] ExchangeStart start(const Upstream& upstream, const ExchangeRequest& request,
                                    ExchangeSink& sink, std::uint64_t token,
                                    TimePoint now) noexcept override;
  [[nodiscard]] bool spares(const Upstream& upstream, TimePoint now) noexcept override;
  void cancel(ExchangeId id) noexcept override;

  /// The upstream was taken out of the configuration: its sockets close as soon as they are idle.
  /// Its id may be used for another server after this.
  void retire(UpstreamId id);

  /// The network changed: the upstream is reached through new sockets from now on.
  void reset(UpstreamId id);

  /// Why TLS or HTTP towards the upstream failed last on this thread, in one line; "" once it
  /// works, and without TLS.
  [[nodiscard]] std::string fault_of(UpstreamId id) const;

  /// When the first of the certificates ends that the upstream showed last on this thread, in Unix
  /// seconds; 0: none yet, or no TLS.
  [[nodiscard]] std::int64_t certificates_end(UpstreamId id) const noexcept {
    return tcp_.certificates_end(id);
  }

  /// As EnsTransport::endpoint_faults.
  [[nodiscard]] std::vector<std::string> endpoint_faults(UpstreamId id) const {
    return ens_.endpoint_faults(id);
  }

  /// Sockets open at the moment.
  [[nodiscard]] std::size_t open_sockets() const noexcept;

  /// Closes every socket; sinks are not called any more. Then drain the loop. Not from a sink.
  void close() noexcept;

 private:
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  [[nodiscard]] unsigned packets_to(const Upstream& upstream, bool tcp) noexcept;
  void sweep_later(TimePoint now);

  TransportContext context_;
  PacketGate gate_;
  UdpTransport udp_;
  TcpTransport tcp_;
  EnsTransport ens_;
  TimerId sweep_;
  bool sweeping_ = false;
};

}  // namespace holdfast
