// TcpTransport: exchanges over connections, of one thread: TCP (RFC 7766), TLS over it (RFC 7858),
// and HTTPS over that (RFC 8484). Few connections per upstream, kept a while, pipelined, answers in
// any order. A connection that dies after it had worked is the price of keeping it: what was in
// flight is sent again, once, through a new one. Where an upstream has several addresses, the next
// is tried beside one that takes its time, and the first to be reached is kept (RFC 8305 5).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "base/slab.h"
#include "base/timer_queue.h"
#include "net/transport_context.h"
#include "net/upstream_connection.h"
#include "net/upstream_poller.h"
#include "net/upstream_target.h"
#include "net/upstream_tls.h"

namespace holdfast {

struct TcpPolicy {
  std::size_t connections = 4;  // per upstream
  std::size_t pending = 200;    // in flight on one connection
  Duration idle = 10s;          // unused for so long: closed (RFC 7766 6.2.3)
  Duration idle_tls = 60s;      // the same over TLS, whose connections cost more to set up
  Duration connect = 5s;        // longer than any lookup waits
  Duration attempt = 250ms;     // of connecting, until the next address is tried beside it
  Duration handshake = 900ms;   // of silence in it; less than a lookup waits for one upstream
  Duration short_lived = 1s;    // one that its server ends sooner was not meant to be kept
};

class TcpTransport final : private TimerClient {
 public:
  TcpTransport(const TransportContext& context, const TcpPolicy& policy);
  TcpTransport(const TcpTransport&) = delete;
  TcpTransport& operator=(const TcpTransport&) = delete;

  /// As Transport::start. Opens a connection if none has room.
  [[nodiscard]] std::optional<SlabHandle> start(const Upstream& upstream,
                                                const ExchangeRequest& request, ExchangeSink& sink,
                                                std::uint64_t token, TimePoint now) noexcept;
  /// As Transport::cancel.
  void cancel(SlabHandle handle) noexcept;

  /// A query to this upstream would need no new connection.
  [[nodiscard]] bool connected(UpstreamId id) noexcept;

  /// Forgets the upstream: its connections take nothing new and close when nothing is pending.
  void retire(UpstreamId id);

  /// Its connections end now, and their exchanges with them (no_socket): the network changed, and
  /// the upstream is not to blame.
  void reset(UpstreamId id);

  /// Why TLS or HTTP towards the upstream failed last, in one line; "" once it answers, and if it
  /// is plain.
  [[nodiscard]] std::string fault_of(UpstreamId id) const;

  /// When the first of the certificates ends that the upstream showed last, in Unix seconds; 0: it
  /// showed none yet, or is plain.
  [[nodiscard]] std::int64_t certificates_end(UpstreamId id) const noexcept;

  /// Closes what is idle, and what does not get connected.
  void sweep(TimePoint now);

  [[nodiscard]] std::size_t open_connections() const noexcept { return connections_.size(); }

  /// Closes everything without a call back. For good. Not from a sink.
  void close() noexcept;

 private:
  struct Exchange {
    ExchangeSink* sink = nullptr;
    std::uint64_t token = 0;
    UpstreamId upstream{};
    dns::QueryShape shape;  // with the id it has on its connection
    dns::Question question;
    SlabHandle connection;
    bool joined = false;        // a connection that stood
    bool resent = false;        // through another connection, when a kept one died
    std::uint8_t refusals = 0;  // addresses of the upstream that it was turned away from
  };

  /// What is kept per upstream.
  struct Lane {
    UpstreamTarget target;
    std::optional<UpstreamTls> tls;         // none: plain TCP
    std::vector<SlabHandle> connections{};  // that take queries
    TimePoint asked = kNever;               // last
  };

  struct Ending {
    SlabHandle exchange;
    Outcome outcome = Outcome::closed;
  };

  struct Pick {
    SlabHandle connection;
    Outcome failure = Outcome::no_socket;
  };

  Lane& lane_of(const Upstream& upstream);
  [[nodiscard]] std::optional<Outcome> send(SlabHandle exchange, TimePoint now);
  void flush();
  [[nodiscard]] Pick pick(UpstreamId id, TimePoint now);
  [[nodiscard]] Pick open(UpstreamId id, TimePoint now);
  [[nodiscard]] Pick keep(UpstreamId id, const Endpoint& peer, OwnedFd socket, TimePoint now);
  void race(UpstreamConnection& connection, TimePoint now);
  void settle_race(const UpstreamConnection& winner);
  void on_ready(SlabHandle connection, std::uint32_t what);
  [[nodiscard]] std::optional<Outcome> progress(UpstreamConnection& connection, std::uint32_t what);
  void begin_to_wait(const UpstreamConnection& connection, TimePoint now);
  [[nodiscard]] std::optional<Outcome> read(UpstreamConnection& connection, TimePoint now);
  [[nodiscard]] bool on_message(UpstreamConnection& connection, dns::Bytes message, TimePoint now);
  void on_request_failed(UpstreamConnection& connection, std::uint16_t id, Outcome outcome,
                         TimePoint now);
  void learn(UpstreamConnection& connection, bool was_handshaking, TimePoint now);
  static void note_fault(const UpstreamConnection& connection, Lane& lane);
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  void await(SlabHandle connection) noexcept;
  void retire(SlabHandle connection);
  void break_soon(SlabHandle connection, Outcome outcome);
  void end_soon(SlabHandle exchange, Outcome outcome);
  void settle_soon();
  void settle();
  [[nodiscard]] bool may_send_again(Exchange& exchange, Outcome outcome, bool had_worked) noexcept;
  void wind_up(SlabHandle connection, TimePoint now);
  [[nodiscard]] bool wants_warm(const UpstreamConnection& ended, TimePoint now) const noexcept;
  void drop(SlabHandle connection) noexcept;
  void end(SlabHandle exchange, const ExchangeEnd& how, TimePoint now);

  TransportContext context_;
  TcpPolicy policy_;
  Slab<Exchange> exchanges_;
  Slab<UpstreamConnection> connections_;
  UpstreamPoller poller_;
  std::array<std::unique_ptr<Lane>, kMaxUpstreams> lanes_;
  std::unique_ptr<std::uint8_t[]> read_buffer_;
  std::vector<SlabHandle> broken_;
  std::vector<Ending> endings_;
  std::vector<SlabHandle> gathered_;  // connections with queries of this turn
  bool settling_ = false;
};

}  // namespace holdfast
