#include "rpc/chain.h"

namespace holdfast::rpc {

std::string Chain::describe() const {
  std::string text = "chain " + std::to_string(id) + " " + to_string(mode) + " " +
                     std::to_string(quorum) + " at " + ens::to_hex(bridge.contracts.registry) +
                     " " + ens::to_hex(bridge.contracts.universal_resolver);
  for (const EndpointSpec& endpoint : endpoints)
    text += " " + endpoint.provider + "=" + endpoint.url;
  for (const ens::BridgeZone& zone : bridge.zones) {
    text += " for " + zone.apex.lowered().to_string();
    if (zone.alias) text += " as " + ens::decode_name(*zone.alias);
  }
  return text;
}

bool Chain::same_endpoints(const Chain& other) const {
  const ens::AnswerPolicy& mine = bridge.answers;
  const ens::AnswerPolicy& theirs = other.bridge.answers;
  return endpoints == other.endpoints && max_head_age == other.max_head_age &&
         mine.gateway_a == theirs.gateway_a && mine.gateway_aaaa == theirs.gateway_aaaa &&
         bridge.gateways.enabled == other.bridge.gateways.enabled && gateways == other.gateways &&
         host_servers == other.host_servers;
}

std::string secret_url(const EndpointSpec& endpoint) {
  std::string url = endpoint.url;
  const auto mark = url.find(kSecretMark);
  if (mark != std::string::npos) url.replace(mark, kSecretMark.size(), endpoint.secret);
  return url;
}

std::string secret_header(const EndpointSpec& endpoint) {
  const bool in_url = endpoint.url.find(kSecretMark) != std::string::npos;
  if (in_url || endpoint.secret.empty()) return {};
  return "Authorization: Bearer " + endpoint.secret;
}

const char* to_string(Mode mode) noexcept {
  switch (mode) {
    case Mode::first:
      return "first";
    case Mode::quorum:
      return "quorum";
    case Mode::trusted:
      return "trusted";
  }
  return "?";
}

}  // namespace holdfast::rpc
