#include "ens/namehash.h"

#include <algorithm>
#include <array>

namespace holdfast::ens {
namespace {

constexpr std::size_t kMaxLabel = 255;  // what one length byte can say

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// ENSIP-1: node = keccak256(parent's node, keccak256(label)).
Node child(const Node& parent, Bytes label) {
  std::array<std::uint8_t, 2 * sizeof(Hash)> pair;
  const Hash hash = keccak256(label);
  std::ranges::copy(parent, pair.begin());
  std::ranges::copy(hash, pair.begin() + sizeof(Hash));
  return keccak256(pair);
}

}  // namespace

Node namehash(std::string_view name) {
  Node node{};
  while (!name.empty()) {
    const std::size_t dot = name.rfind('.');
    const std::size_t label_at = dot == std::string_view::npos ? 0 : dot + 1;
    node = child(node, bytes_of(name.substr(label_at)));
    name = name.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
  return node;
}

Node namehash(Bytes encoded) {
  Node node{};
  const auto offsets = label_offsets(encoded);
  for (auto at = offsets.rbegin(); at != offsets.rend(); ++at) {
    if (encoded[*at] != 0) node = child(node, encoded.subspan(*at + 1, encoded[*at]));
  }
  return node;
}

std::optional<EncodedName> encode_name(std::string_view name) {
  EncodedName encoded;
  encoded.reserve(name.size() + 2);
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    const bool last = label.size() == name.size();
    if (label.empty() || label.size() > kMaxLabel || label.size() + 1 == name.size()) {
      return std::nullopt;
    }
    encoded.push_back(static_cast<std::uint8_t>(label.size()));
    encoded.insert(encoded.end(), label.begin(), label.end());
    name.remove_prefix(last ? label.size() : label.size() + 1);
  }
  encoded.push_back(0);
  return encoded;
}

std::vector<std::size_t> label_offsets(Bytes encoded) {
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at < encoded.size(); at += encoded[at] + std::size_t{1}) {
    if (encoded[at] >= encoded.size() - at) break;  // cut off: no name
    offsets.push_back(at);
  }
  return offsets;
}

std::string decode_name(Bytes encoded) {
  std::string text;
  for (const std::size_t at : label_offsets(encoded)) {
    if (encoded[at] == 0) break;
    if (!text.empty()) text += '.';
    const Bytes label = encoded.subspan(at + 1, encoded[at]);
    text.append(label.begin(), label.end());
  }
  return text;
}

}  // namespace holdfast::ens
