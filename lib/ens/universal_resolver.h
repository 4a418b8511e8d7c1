// Calls to the Universal Resolver (ENSIP-23), the one entry that outlives versions of ENS, and to
// two contracts that it does not replace; and what their replies say.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ens/contracts.h"
#include "ens/namehash.h"

namespace holdfast::ens {

/// findResolver(name): where the deepest ancestor with a resolver is.
[[nodiscard]] Blob find_resolver_call(Bytes encoded_name);

struct FoundResolver {
  Address resolver{};       // zero: none on the way
  std::size_t zone_at = 0;  // offset in the encoded name where the resolver's own name begins
};

/// nullopt if the reply is malformed or zone_at is no label of the name.
[[nodiscard]] std::optional<FoundResolver> read_found_resolver(Bytes reply, Bytes encoded_name);

/// resolve(name, multicall(calls)). Multicall even for one: the reply tells errors apart for each.
[[nodiscard]] Blob resolve_call(Bytes encoded_name, std::span<const Blob> calls);

/// One call's result among several: views into the reply.
struct CallOutcome {
  enum class Kind : std::uint8_t {
    returned,  // data is the function's return data
    absent,    // the resolver has no such function
    failed,    // data is error data, selector first: the resolver's own, or the gateway's
  };
  Kind kind = Kind::absent;
  Bytes data;
};

/// By what a function gave: nothing, its return data, or error data.
[[nodiscard]] CallOutcome outcome_of(Bytes result) noexcept;

/// multicall()'s return data, bytes[]; nullopt if it is malformed or has other than `count`
/// results.
[[nodiscard]] std::optional<std::vector<CallOutcome>> read_multicall(Bytes reply,
                                                                     std::size_t count);
/// The same within resolve()'s.
[[nodiscard]] std::optional<std::vector<CallOutcome>> read_resolve(Bytes reply, std::size_t count);

/// supportsInterface(id) of any contract.
[[nodiscard]] Blob supports_interface_call(Selector id);
/// recordExists(node) of the registry: has somebody got the name?
[[nodiscard]] Blob record_exists_call(const Node& node);
/// The bool that these two give; anything else is false: contracts without the function say all
/// sorts of things.
[[nodiscard]] bool read_flag(Bytes reply) noexcept;

}  // namespace holdfast::ens
