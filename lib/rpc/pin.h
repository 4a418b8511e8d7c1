// The block that a question's calls are made at: the highest that as many endpoints have as must
// agree. And who is asked first. Pure functions of what is known of the endpoints.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "rpc/chain.h"
#include "rpc/endpoint_state.h"
#include "rpc/inquiry.h"

namespace holdfast::rpc {

/// nullopt while too few have told of a common block. `states` are the chain's endpoints.
[[nodiscard]] std::optional<ens::Block> choose_block(const Chain& chain,
                                                     std::span<const EndpointState> states,
                                                     TimePoint now);

/// A block that choose_block() lacks: some have told of it, and others of higher ones alone.
struct Lack {
  std::uint64_t number = 0;
  std::vector<std::size_t> endpoints;  // to be asked for theirs of this number
};

/// The highest that enough of them may have. nullopt if there is none.
[[nodiscard]] std::optional<Lack> what_lacks(const Chain& chain,
                                             std::span<const EndpointState> states, TimePoint now);

/// Why choose_block() has none, in words.
[[nodiscard]] std::string why_no_block(const Chain& chain, std::span<const EndpointState> states,
                                       TimePoint now);

/// How many blocks its newest is below this one; 0 if it is not, or it has told of none.
[[nodiscard]] std::uint64_t blocks_behind(const EndpointState& state,
                                          std::uint64_t number) noexcept;

/// Why an endpoint is not asked about a block of this number; 0: there is none yet.
[[nodiscard]] Unready unready_at(const Chain& chain, const EndpointState& state,
                                 std::uint64_t number, TimePoint now) noexcept;

/// How readily each endpoint is asked: 1 for the fastest, less for slower ones, a tenth of that for
/// one that is doubtful, 0 for one that is not asked.
[[nodiscard]] std::vector<double> scores_of(const Chain& chain,
                                            std::span<const EndpointState> states,
                                            std::uint64_t number, TimePoint now);

/// Endpoints in the order in which they are to be asked about this block: those that have it first,
/// drawn by weight and speed; doubtful ones after them; those that have not spoken yet last; those
/// that are not ready not at all.
[[nodiscard]] std::vector<Voice> order_of(const Chain& chain, std::span<const EndpointState> states,
                                          const ens::Block& block, Random& random, TimePoint now);

}  // namespace holdfast::rpc
