// RegistryWalk: where a zone is cut, asked of the registry itself, on chains without a universal
// resolver: resolver(node) of the name, of its parent, and so on up to the zone's apex; the first
// that has one counts (ENSIP-10).
#pragma once

#include <optional>
#include <vector>

#include "ens/universal_resolver.h"

namespace holdfast::ens {

/// resolver(node) of the registry.
[[nodiscard]] Blob resolver_call(const Node& node);
/// The address that it gives, zero if none is set; nullopt if malformed.
[[nodiscard]] std::optional<Address> read_resolver(Bytes reply) noexcept;

class RegistryWalk {
 public:
  /// Each is a call: a name deep below the apex would have us make a hundred. Names further below
  /// it than this count as names without a resolver of their own.
  static constexpr std::size_t kMostSteps = 16;

  /// Walks up to the name of `last_labels` labels, if `name` has as many, which counts too.
  RegistryWalk(const EncodedName& name, unsigned last_labels);

  [[nodiscard]] bool ended() const noexcept { return step_ == steps_.size(); }

  /// Offset in the name of the one to ask about. Precondition: not ended.
  [[nodiscard]] std::size_t at() const noexcept { return steps_[step_]; }

  /// That one has no resolver.
  void up() noexcept { ++step_; }

 private:
  std::vector<std::size_t> steps_;
  std::size_t step_ = 0;
};

}  // namespace holdfast::ens
