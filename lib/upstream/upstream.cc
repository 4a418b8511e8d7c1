#include "upstream/upstream.h"

namespace holdfast {

std::string Upstream::server() const {
  if (chain) return chain->identity();
  std::string text = to_string(transport);
  text += " " + host + " " + std::to_string(port);
  for (const Endpoint& endpoint : endpoints)
    text += " " + endpoint.to_string();
  if (!tls.name.empty()) text += " as " + tls.name + http.path;
  if (http.proxy) text += " through " + http.proxy->to_string();
  text += " from " + (source ? source->to_string() : std::string()) + " by " + interface;
  return text;
}

bool Upstream::same_server(const Upstream& other) const {
  const bool same = server() == other.server() && tls == other.tls && http == other.http;
  // Not all of a chain is in its text: a secret that was changed is another way, too.
  if (!same || !chain || !other.chain) return same;
  return chain->same_endpoints(*other.chain);
}

const char* to_string(UpstreamClass upstream_class) noexcept {
  switch (upstream_class) {
    case UpstreamClass::cloud:
      return "cloud";
    case UpstreamClass::external:
      return "external";
    case UpstreamClass::ens:
      return "ens";
  }
  return "?";
}

const char* to_string(TransportKind kind) noexcept {
  switch (kind) {
    case TransportKind::udp:
      return "udp";
    case TransportKind::tcp:
      return "tcp";
    case TransportKind::tls:
      return "tls";
    case TransportKind::https:
      return "https";
    case TransportKind::rpc:
      return "rpc";
  }
  return "?";
}

}  // namespace holdfast
