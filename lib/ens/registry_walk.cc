#include "ens/registry_walk.h"

#include <algorithm>

namespace holdfast::ens {

Blob resolver_call(const Node& node) {
  return AbiWriter().word(node).finish(function::resolver);
}

std::optional<Address> read_resolver(Bytes reply) noexcept {
  AbiReader reader(reply);
  const Address resolver = reader.address();
  return reader.ok() ? std::optional(resolver) : std::nullopt;
}

RegistryWalk::RegistryWalk(const EncodedName& name, unsigned last_labels) {
  const auto offsets = label_offsets(name);  // one for each label, and the root's
  const std::size_t labels = offsets.size() - 1;
  const std::size_t last = std::max(last_labels, 1U);
  if (labels < last) return;
  const std::size_t steps = std::min(labels - last + 1, kMostSteps);
  const auto end = offsets.begin() + static_cast<std::ptrdiff_t>(labels - last + 1);
  steps_.assign(end - static_cast<std::ptrdiff_t>(steps), end);
}

}  // namespace holdfast::ens
