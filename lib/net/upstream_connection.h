// UpstreamConnection: one connection to an upstream, TCP or TLS over it: connecting, queries on
// their way out, frames coming in. It knows what is pending on it, and nothing of exchanges: see
// tcp_transport.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/function_ref.h"
#include "base/timer_queue.h"
#include "dns/tcp_framer.h"
#include "net/owned_fd.h"
#include "net/tls_client.h"
#include "net/upstream_pending.h"
#include "upstream/outcome.h"
#include "upstream/upstream.h"

namespace holdfast {

class UpstreamConnection {
 public:
  /// `fd` is connecting to `to`. Without `tls` it is plain TCP.
  UpstreamConnection(OwnedFd fd, UpstreamId of, const Endpoint& to, TimePoint now,
                     std::unique_ptr<TlsClient> tls = nullptr)
      : upstream(of),
        peer(to),
        opened(now),
        last_used(now),
        last_heard(now),
        fd_(std::move(fd)),
        tls_(std::move(tls)) {}

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  [[nodiscard]] bool connecting() const noexcept { return connecting_; }

  /// It is not known yet whether this is the right server: no query has been sent.
  [[nodiscard]] bool handshaking() const noexcept { return tls_ && !tls_->established(); }

  /// nullptr without TLS.
  [[nodiscard]] TlsClient* tls() noexcept { return tls_.get(); }

  /// Why TLS failed, in one line; "" if it did not.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  /// Appends a query behind its length. It goes out with flush(), once connected.
  void queue(dns::Bytes query);

  /// Sends what the kernel takes; while connecting, nothing, and in a handshake no query. The
  /// outcome if the connection broke.
  [[nodiscard]] std::optional<Outcome> flush();

  /// Tells the server that this is the end, if there is a way to say so and it fits.
  void part();

  /// To be called when the socket is writable: ends connecting, then flushes.
  [[nodiscard]] std::optional<Outcome> on_writable();

  [[nodiscard]] bool has_unsent() const noexcept { return sent_ < out_.size(); }

  /// Reads once into `buffer` and hands out what is whole. The outcome if the stream ended
  /// (closed), broke, cannot be messages (malformed), or TLS failed (see fault()). on_message must
  /// not destroy this object.
  [[nodiscard]] std::optional<Outcome> read(std::span<std::uint8_t> buffer,
                                            FunctionRef<bool(dns::Bytes)> on_message);

  const UpstreamId upstream;
  const Endpoint peer;
  const TimePoint opened;
  TimePoint last_used;
  TimePoint last_heard;  // something was read, or connecting ended
  TimerId stall;         // of the handshake
  PendingReplies pending;
  bool answered = false;  // a reply came: the connection works, or did
  bool retired = false;   // takes no new queries
  unsigned unheard = 0;   // given up in a row without a reply
  std::optional<Outcome> broken;
  std::uint32_t watched = 0;  // what the poller was told

 private:
  using OnMessage = FunctionRef<bool(dns::Bytes)>;

  [[nodiscard]] std::optional<Outcome> deliver(dns::Bytes plain, OnMessage on_message);
  [[nodiscard]] std::optional<Outcome> decrypt(dns::Bytes bytes, OnMessage on_message);
  [[nodiscard]] std::optional<Outcome> encrypt();
  [[nodiscard]] std::optional<Outcome> send_out();
  [[nodiscard]] Outcome tls_ended();
  [[nodiscard]] Outcome broken_by(int error);

  OwnedFd fd_;
  std::unique_ptr<TlsClient> tls_;
  std::string fault_;
  bool connecting_ = true;
  std::vector<std::uint8_t> queries_;  // with TLS: those it has not taken yet
  std::vector<std::uint8_t> out_;      // for the socket
  std::size_t sent_ = 0;               // of out_
  dns::TcpFramer framer_;
};

}  // namespace holdfast
