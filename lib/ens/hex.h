// Bytes as Ethereum writes them: 0x and two lower-case hexadecimal digits each.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ens/keccak.h"

namespace holdfast::ens {

/// An account's or a contract's address.
using Address = std::array<std::uint8_t, 20>;

/// "0x1234", "0x" for none.
[[nodiscard]] std::string to_hex(Bytes bytes);
/// The other way, digits in any case; nullopt without "0x", with an odd number of digits, or with
/// anything else in it.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);
/// "0x" and forty digits in any case; nullopt otherwise. The checksum of EIP-55 is not looked at:
/// configurations in lower case are common.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
/// The address with the checksum in the case of its letters (EIP-55).
[[nodiscard]] std::string checksummed(const Address& address);

}  // namespace holdfast::ens
