#include "net/upstream_tls.h"

#include <utility>

namespace holdfast {
namespace {

// The names that IANA has for ALPN.
constexpr std::string_view kDot = "dot";
constexpr std::string_view kHttp2 = "h2";

// Sessions lead to new ones. Once a day the server has to show its certificates all the same, so
// that it is known when they end and that they are still good.
constexpr Duration kShownEvery = std::chrono::hours(24);

}  // namespace

bool UpstreamTls::can_judge() {
  if (trust_.clock_sound()) return true;
  fault_ = "the machine's clock is wrong, so no certificate can be judged until it is set";
  return false;
}

SecureLink UpstreamTls::begin(const Endpoint& server, TimePoint now) {
  auto context = trust_.find(identity_.ca_file);
  if (!context) {
    fault_ = "there are no authorities to verify its certificate by";
    return {};
  }
  // Whom the old authorities had found good must convince the new ones.
  if (context != context_ || shown_ == kNever || now - shown_ >= kShownEvery) session_.reset();
  context_ = std::move(context);
  SecureLink link;
  link.tls = std::make_unique<TlsClient>(
      *context_, TlsPeer{identity_.name, https_ ? kHttp2 : kDot, https_, identity_.pins});
  link.tls->resume(session_);
  if (https_) link.doh = std::make_unique<DohSession>(http_.authority, http_.path);
  if (http_.proxy) link.tunnel = std::make_unique<ProxyTunnel>(server);
  return link;
}

void UpstreamTls::note_handshake(const TlsClient& client, TimePoint now) {
  if (client.resumed()) return;
  shown_ = now;
  certificates_end_ = client.certificates_end();
}

void UpstreamTls::learn(TlsClient& client) {
  if (!client.established()) return;
  if (TlsSession session = client.take_session()) session_ = std::move(session);
}

}  // namespace holdfast
