#include "ens/universal_resolver.h"

#include <algorithm>

namespace holdfast::ens {
/// By the length of a result, since versions of the resolver differ in how they tell that a call
/// returned nothing: empty, a lone selector, or the error made for it.
CallOutcome outcome_of(Bytes result) noexcept {
  if (result.empty()) return {};
  if (result.size() % kWordBytes == 0) return {CallOutcome::Kind::returned, result};
  if (result.size() == kSelectorBytes || selector_of(result) == error::unsupported_profile) {
    return {};
  }
  return {CallOutcome::Kind::failed, result};
}

Blob find_resolver_call(Bytes encoded_name) {
  return AbiWriter().bytes(encoded_name).finish(function::find_resolver);
}

std::optional<FoundResolver> read_found_resolver(Bytes reply, Bytes encoded_name) {
  AbiReader reader(reply);
  FoundResolver found;
  found.resolver = reader.address();
  (void)reader.word();  // the name's node, which we know
  found.zone_at = reader.number();
  const auto offsets = label_offsets(encoded_name);
  if (!reader.ok() || std::ranges::find(offsets, found.zone_at) == offsets.end()) {
    return std::nullopt;
  }
  return found;
}

Blob resolve_call(Bytes encoded_name, std::span<const Blob> calls) {
  const Blob all = AbiWriter().array(calls).finish(function::multicall);
  return AbiWriter().bytes(encoded_name).bytes(all).finish(function::resolve);
}

std::optional<std::vector<CallOutcome>> read_resolve(Bytes reply, std::size_t count) {
  AbiReader reader(reply);
  const Bytes result = reader.bytes();
  (void)reader.address();  // of the resolver
  return reader.ok() ? read_multicall(result, count) : std::nullopt;
}

std::optional<std::vector<CallOutcome>> read_multicall(Bytes reply, std::size_t count) {
  AbiReader reader(reply);
  const AbiArray results = reader.array();
  if (!reader.ok() || results.size() != count) return std::nullopt;
  std::vector<CallOutcome> outcomes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto one = results.bytes(i);
    if (!one) return std::nullopt;
    outcomes.push_back(outcome_of(*one));
  }
  return outcomes;
}

Blob supports_interface_call(Selector id) {
  return AbiWriter().selector(id).finish(function::supports_interface);
}

Blob record_exists_call(const Node& node) {
  return AbiWriter().word(node).finish(function::record_exists);
}

bool read_flag(Bytes reply) noexcept {
  AbiReader reader(reply);
  return reader.boolean() && reader.ok();
}

}  // namespace holdfast::ens
