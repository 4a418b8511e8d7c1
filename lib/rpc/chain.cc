#include "rpc/chain.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace holdfast::rpc {
namespace {

// What is shorter is a word such as "v1", and no key.
constexpr std::size_t kShortestKey = 8;
constexpr std::string_view kHidden = "***";

void hide(std::string& text, std::string_view key) {
  if (key.empty()) return;
  for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + kHidden.size()))
    text.replace(at, key.size(), kHidden);
}

}  // namespace

std::string Chain::identity() const {
  std::string text = "chain " + std::to_string(id) + " " + to_string(mode) + " " +
                     std::to_string(quorum) + " at " + ens::to_hex(bridge.contracts.registry) +
                     " " +
                     (bridge.contracts.walks() ? std::string("none")
                                               : ens::to_hex(bridge.contracts.universal_resolver));
  for (const EndpointSpec& endpoint : endpoints)
    text += " " + endpoint.provider + "=" + endpoint.url;
  for (const ens::BridgeZone& zone : bridge.zones) {
    text += " for " + zone.apex.lowered().to_string();
    if (zone.kind == ens::BridgeZone::Kind::own) text += " alone";
    if (zone.alias) text += " as " + ens::decode_name(*zone.alias);
  }
  return text;
}

std::size_t Chain::provider_of(std::size_t endpoint) const noexcept {
  std::size_t first = 0;
  while (endpoints[first].provider != endpoints[endpoint].provider)
    ++first;
  return first;
}

std::string Chain::name_of(std::size_t endpoint) const {
  const std::string& provider = endpoints[endpoint].provider;
  std::size_t before = 0;
  for (std::size_t i = 0; i < endpoint; ++i) {
    if (endpoints[i].provider == provider) ++before;
  }
  return before == 0 ? provider : provider + "-" + std::to_string(before + 1);
}

bool Chain::same_endpoints(const Chain& other) const {
  return endpoints == other.endpoints && finality == other.finality &&
         max_head_age == other.max_head_age && bridge.answers == other.bridge.answers &&
         bridge.gateways == other.bridge.gateways && gateways == other.gateways &&
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

std::string without_secrets(std::string text, const EndpointSpec& endpoint) {
  std::vector<std::string_view> keys{endpoint.secret};
  const std::string_view url = endpoint.url;
  const auto host = url.find("://");
  auto at = host == std::string_view::npos ? url.size() : url.find_first_of("/?", host + 3);
  while (at < url.size()) {
    const auto end = std::min(url.find_first_of("/?&=", at + 1), url.size());
    const auto part = url.substr(at + 1, end - at - 1);
    if (part.size() >= kShortestKey && part != kSecretMark) keys.push_back(part);
    at = end;
  }
  // One may be part of another.
  std::ranges::sort(keys, std::ranges::greater(), &std::string_view::size);
  for (const std::string_view key : keys)
    hide(text, key);
  return text;
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

const char* to_string(Finality finality) noexcept {
  switch (finality) {
    case Finality::latest:
      return "latest";
    case Finality::safe:
      return "safe";
    case Finality::finalized:
      return "finalized";
  }
  return "?";
}

}  // namespace holdfast::rpc
