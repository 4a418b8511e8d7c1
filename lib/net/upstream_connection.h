// UpstreamConnection: one connection to an upstream, TCP, or TLS over it, or HTTP/2 over that:
// connecting, through a proxy if there is one, queries on their way out, replies coming in. It
// knows what is pending on it, and nothing of exchanges: see tcp_transport.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/function_ref.h"
#include "base/timer_queue.h"
#include "dns/tcp_framer.h"
#include "net/owned_fd.h"
#include "net/upstream_pending.h"
#include "net/upstream_tls.h"
#include "upstream/outcome.h"
#include "upstream/upstream.h"

namespace holdfast {

/// Who is told what a connection brings. Neither may destroy it.
struct ConnectionSink {
  /// A whole message. False: this cannot be a DNS server.
  FunctionRef<bool(dns::Bytes)> message;
  /// The query with this id will get no reply, but others may.
  FunctionRef<void(std::uint16_t id, Outcome)> failed;
};

class UpstreamConnection {
 public:
  /// `fd` is connecting to `to`.
  UpstreamConnection(OwnedFd fd, UpstreamId of, const Endpoint& to, TimePoint now,
                     SecureLink link = {})
      : upstream(of),
        peer(to),
        opened(now),
        last_used(now),
        last_heard(now),
        fd_(std::move(fd)),
        tls_(std::move(link.tls)),
        doh_(std::move(link.doh)),
        tunnel_(std::move(link.tunnel)) {}

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  [[nodiscard]] bool connecting() const noexcept { return connecting_; }

  /// It is not known yet whether this is the right server: no query has been sent.
  [[nodiscard]] bool handshaking() const noexcept { return tls_ && !tls_->established(); }

  /// A proxy has not yet connected us to the server.
  [[nodiscard]] bool tunnelling() const noexcept {
    return tunnel_ && tunnel_->state() != ProxyTunnel::State::open;
  }

  /// There is a way to the server, or to somebody at its address.
  [[nodiscard]] bool reached() const noexcept { return !connecting_ && !tunnelling(); }

  /// Queries go out: from here on it is the server that takes its time.
  [[nodiscard]] bool ready() const noexcept { return reached() && !handshaking(); }

  /// nullptr without TLS.
  [[nodiscard]] TlsClient* tls() noexcept { return tls_.get(); }

  /// Why TLS or HTTP failed, in one line; "" if neither did.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  /// The server takes no new queries here.
  [[nodiscard]] bool going_away() const noexcept { return doh_ && doh_->going_away(); }

  /// The server would let one more query begin now.
  [[nodiscard]] bool has_room() const noexcept { return !doh_ || doh_->has_room(); }

  /// Takes a query, which goes out with flush(), once connected. False: this connection takes no
  /// more.
  [[nodiscard]] bool queue(dns::Bytes query);

  /// Nobody waits for the query with this id any more.
  void forget(std::uint16_t id);

  /// Sends what the kernel takes; while connecting, nothing, and in a handshake no query. The
  /// outcome if the connection broke.
  [[nodiscard]] std::optional<Outcome> flush();

  /// Tells the server that this is the end, if there is a way to say so and it fits.
  void part();

  /// To be called when the socket is writable: ends connecting, then flushes.
  [[nodiscard]] std::optional<Outcome> on_writable();

  [[nodiscard]] bool has_unsent() const noexcept { return sent_ < out_.size(); }

  /// Reads once into `buffer` and hands out what is whole. The outcome if the stream ended
  /// (closed), broke, cannot be messages (malformed), or TLS failed (see fault()).
  [[nodiscard]] std::optional<Outcome> read(std::span<std::uint8_t> buffer, ConnectionSink sink);

  const UpstreamId upstream;
  const Endpoint peer;
  const TimePoint opened;
  TimePoint last_used;
  TimePoint last_heard;  // something was read, or connecting ended
  TimerId stall;         // of connecting and the handshake
  PendingReplies pending;
  bool answered = false;   // a reply came: the connection works, or did
  bool retired = false;    // takes no new queries
  bool gathering = false;  // flushed when the turn ends
  std::size_t rivals = 0;  // tried beside it while it took its time
  bool outrun = false;     // another address of the upstream was reached sooner
  unsigned unheard = 0;    // given up in a row without a reply
  std::optional<Outcome> broken;
  std::uint32_t watched = 0;  // what the poller was told

 private:
  [[nodiscard]] std::optional<Outcome> deliver(dns::Bytes plain, ConnectionSink sink);
  [[nodiscard]] std::optional<Outcome> deliver_http(dns::Bytes plain, ConnectionSink sink);
  [[nodiscard]] std::optional<Outcome> decrypt(dns::Bytes bytes, ConnectionSink sink);
  [[nodiscard]] std::optional<Outcome> dig(dns::Bytes bytes);
  [[nodiscard]] std::optional<Outcome> encrypt();
  [[nodiscard]] std::optional<Outcome> send_out();
  [[nodiscard]] Outcome tls_ended();
  [[nodiscard]] Outcome http_ended();
  [[nodiscard]] Outcome broken_by(int error);

  OwnedFd fd_;
  std::unique_ptr<TlsClient> tls_;
  std::unique_ptr<DohSession> doh_;
  std::unique_ptr<ProxyTunnel> tunnel_;
  std::string fault_;
  bool connecting_ = true;
  std::vector<std::uint8_t> queries_;  // with TLS: those it has not taken yet
  std::vector<std::uint8_t> out_;      // for the socket
  std::size_t sent_ = 0;               // of out_
  dns::TcpFramer framer_;
};

}  // namespace holdfast
