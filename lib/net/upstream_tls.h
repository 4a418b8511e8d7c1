// UpstreamTls: TLS towards one upstream, of one thread: how it must prove itself, the session that
// its next connection takes up again, and why it was refused last.
#pragma once

#include <memory>
#include <string>

#include "net/tls_client.h"
#include "net/tls_trust.h"
#include "upstream/upstream.h"

namespace holdfast {

class UpstreamTls {
 public:
  /// `trust` outlives this; the identity is copied.
  UpstreamTls(const TlsIdentity& identity, const TlsTrust& trust)
      : identity_(identity), trust_(trust) {}

  /// For a new connection; nullptr, and fault() says why, if there are no authorities to verify
  /// it by.
  [[nodiscard]] std::unique_ptr<TlsClient> begin();

  /// What the client of a connection has learnt: to be called when something came.
  void learn(TlsClient& client);

  /// A connection failed by TLS.
  void note_fault(std::string why) { fault_ = std::move(why); }

  /// Why the last one failed; "" once one stands.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  TlsIdentity identity_;
  const TlsTrust& trust_;
  std::shared_ptr<const TlsContext> context_;  // session_ belongs to it
  TlsSession session_;
  std::string fault_;
};

}  // namespace holdfast
