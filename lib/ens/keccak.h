// Keccak-256 as Ethereum uses it: the padding from before SHA-3 became FIPS 202, so no SHA3-256.
// The only code that knows Crypto++.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace holdfast::ens {

using Bytes = std::span<const std::uint8_t>;
/// Bytes that own their memory: calldata, replies.
using Blob = std::vector<std::uint8_t>;
using Hash = std::array<std::uint8_t, 32>;

/// Keccak-256 of `bytes`. Never fails, allocates nothing.
[[nodiscard]] Hash keccak256(Bytes bytes);

}  // namespace holdfast::ens
