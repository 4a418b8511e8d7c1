#include "upstream/upstream.h"

namespace holdfast {

bool Upstream::same_server(const Upstream& other) const {
  return transport == other.transport && host == other.host && port == other.port &&
         endpoints == other.endpoints && source == other.source && interface == other.interface;
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
  }
  return "?";
}

}  // namespace holdfast
