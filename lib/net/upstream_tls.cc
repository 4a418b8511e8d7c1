#include "net/upstream_tls.h"

#include <utility>

namespace holdfast {
namespace {

constexpr std::string_view kProtocol = "dot";  // RFC 7858 3.2 names a port, IANA the protocol

}  // namespace

std::unique_ptr<TlsClient> UpstreamTls::begin() {
  auto context = trust_.find(identity_.ca_file);
  if (!context) {
    fault_ = "there are no authorities to verify its certificate by";
    return nullptr;
  }
  // Whom the old authorities had found good must convince the new ones.
  if (context != context_) session_.reset();
  context_ = std::move(context);
  auto client =
      std::make_unique<TlsClient>(*context_, TlsPeer{identity_.name, kProtocol, identity_.pins});
  client->resume(session_);
  return client;
}

void UpstreamTls::learn(TlsClient& client) {
  if (!client.established()) return;
  fault_.clear();
  if (TlsSession session = client.take_session()) session_ = std::move(session);
}

}  // namespace holdfast
