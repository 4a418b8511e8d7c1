#include "net/upstream_tls.h"

#include <utility>

namespace holdfast {
namespace {

// The names that IANA has for ALPN.
constexpr std::string_view kDot = "dot";
constexpr std::string_view kHttp2 = "h2";

}  // namespace

bool UpstreamTls::can_judge() {
  if (trust_.clock_sound()) return true;
  fault_ = "the machine's clock is wrong, so no certificate can be judged until it is set";
  return false;
}

SecureLink UpstreamTls::begin(const Endpoint& server) {
  auto context = trust_.find(identity_.ca_file);
  if (!context) {
    fault_ = "there are no authorities to verify its certificate by";
    return {};
  }
  // Whom the old authorities had found good must convince the new ones.
  if (context != context_) session_.reset();
  context_ = std::move(context);
  SecureLink link;
  link.tls = std::make_unique<TlsClient>(
      *context_, TlsPeer{identity_.name, https_ ? kHttp2 : kDot, https_, identity_.pins});
  link.tls->resume(session_);
  if (https_) link.doh = std::make_unique<DohSession>(http_.authority, http_.path);
  if (http_.proxy) link.tunnel = std::make_unique<ProxyTunnel>(server);
  return link;
}

void UpstreamTls::learn(TlsClient& client) {
  if (!client.established()) return;
  if (TlsSession session = client.take_session()) session_ = std::move(session);
}

}  // namespace holdfast
