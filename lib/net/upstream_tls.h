// UpstreamTls: TLS towards one upstream, of one thread: how it must prove itself, what is spoken
// there, the session that its next connection takes up again, and why it was refused last.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/time.h"
#include "net/doh_session.h"
#include "net/proxy_tunnel.h"
#include "net/tls_client.h"
#include "net/tls_trust.h"
#include "upstream/upstream.h"

namespace holdfast {

/// What a connection has above TCP; nothing, if it is plain.
struct SecureLink {
  std::unique_ptr<TlsClient> tls;
  std::unique_ptr<DohSession> doh;      // in it; null: framed as over TCP
  std::unique_ptr<ProxyTunnel> tunnel;  // below it; null: the connection goes to the server itself
};

class UpstreamTls {
 public:
  /// `trust` outlives this; what is needed of the upstream is copied.
  UpstreamTls(const Upstream& upstream, const TlsTrust& trust)
      : identity_(upstream.tls),
        http_(upstream.http),
        https_(upstream.transport == TransportKind::https),
        trust_(trust) {}

  /// False, and fault() says why: it makes no sense to connect now.
  [[nodiscard]] bool can_judge();

  /// Where a connection to `server` really goes.
  [[nodiscard]] const Endpoint& next_hop(const Endpoint& server) const noexcept {
    return http_.proxy ? *http_.proxy : server;
  }

  /// For a new connection to `server`; without TLS, and fault() says why, if there are no
  /// authorities to verify it by.
  [[nodiscard]] SecureLink begin(const Endpoint& server, TimePoint now);

  /// The handshake of a connection came to its end.
  void note_handshake(const TlsClient& client, TimePoint now);

  /// What the client of a connection has learnt: to be called when something came.
  void learn(TlsClient& client);

  /// A connection, or a request on it, failed by TLS or HTTP.
  void note_fault(std::string why) { fault_ = std::move(why); }

  /// A reply came.
  void note_reply() noexcept { fault_.clear(); }

  /// When the first of the certificates ends that it showed last, in Unix seconds; 0: none yet.
  [[nodiscard]] std::int64_t certificates_end() const noexcept { return certificates_end_; }

  /// Why the last one failed; "" once there was a reply.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  TlsIdentity identity_;
  HttpTarget http_;
  bool https_;
  const TlsTrust& trust_;
  std::shared_ptr<const TlsContext> context_;  // session_ belongs to it
  TlsSession session_;
  TimePoint shown_ = kNever;  // when it last showed certificates
  std::int64_t certificates_end_ = 0;
  std::string fault_;
};

}  // namespace holdfast
