// Requests of JSON-RPC 2.0 as text: the few methods that a bridge needs.
#pragma once

#include <cstdint>
#include <string>

#include "rpc/chain.h"

namespace holdfast::rpc {

/// At which block a call is made.
enum class BlockForm : std::uint8_t {
  hash,    // EIP-1898: this block and no other of its height
  number,  // for endpoints that do not know that form
  latest,  // whatever is newest
};

[[nodiscard]] std::string call_request(std::uint64_t id, const ens::Address& to, ens::Bytes data,
                                       const ens::Block& block, BlockForm form);
/// An eth_call that must revert with data, whatever contracts the chain has: of code that does.
[[nodiscard]] std::string revert_request(std::uint64_t id);
/// The newest block's header.
[[nodiscard]] std::string head_request(std::uint64_t id, Finality finality);
/// The header of the block of this number.
[[nodiscard]] std::string header_request(std::uint64_t id, std::uint64_t number);
[[nodiscard]] std::string chain_id_request(std::uint64_t id);
[[nodiscard]] std::string syncing_request(std::uint64_t id);

}  // namespace holdfast::rpc
