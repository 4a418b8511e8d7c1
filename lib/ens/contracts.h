// The functions and errors of contracts by their selectors, and where ENS's own contracts stand on
// Ethereum's main network. Each selector is the start of the Keccak-256 of the signature beside it;
// a test computes them.
#pragma once

#include "ens/abi.h"

namespace holdfast::ens {

// NOLINTBEGIN(readability-identifier-naming): words of the contracts, read as function::resolve.
namespace function {
inline constexpr Selector find_resolver{0xa1cbcbaf},  // findResolver(bytes)
    resolve{0x9061b923},                              // resolve(bytes,bytes)
    resolver{0x0178b8bf},                             // resolver(bytes32)
    owner{0x02571be3},                                // owner(bytes32)
    record_exists{0xf79fe538},                        // recordExists(bytes32)
    supports_interface{0x01ffc9a7},                   // supportsInterface(bytes4)
    multicall{0xac9650d8},                            // multicall(bytes[])
    addr{0x3b3b57de},                                 // addr(bytes32)
    text{0x59d1d43c},                                 // text(bytes32,string)
    contenthash{0xbc1c58d1},                          // contenthash(bytes32)
    dns_record{0xa8fa5682},                           // dnsRecord(bytes32,bytes32,uint16)
    has_dns_records{0x4cbf6ba4},                      // hasDNSRecords(bytes32,bytes32)
    set_dns_records{0x0af179d7},                      // setDNSRecords(bytes32,bytes)
    clear_dns_zone{0xad5780af},                       // clearDNSZone(bytes32)
    batch_query{0xa780bab6};                          // query((address,string[],bytes)[])
}

namespace error {
inline constexpr Selector offchain_lookup{
    0x556f1830},                        // OffchainLookup(address,string[],bytes,bytes4,bytes)
    resolver_not_found{0x77209fe8},     // ResolverNotFound(bytes)
    resolver_not_contract{0x1e9535f2},  // ResolverNotContract(bytes,address)
    unsupported_profile{0x7b1c461b},    // UnsupportedResolverProfile(bytes4)
    resolver_error{0x95c0c752},         // ResolverError(bytes)
    http_error{0x01800152},             // HttpError(uint16,string)
    could_not_resolve{0x29a76c06};      // CouldNotResolve(bytes)
}

// NOLINTEND(readability-identifier-naming)

/// ENSIP-10: the interface of a resolver that answers for names below its own.
inline constexpr Selector kExtendedResolver = function::resolve;

/// Where a chain has its ENS. By default Ethereum's.
struct Contracts {
  Address registry{0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x2e, 0x07, 0x4e, 0xc6,
                   0x9a, 0x0d, 0xfb, 0x29, 0x97, 0xba, 0x6c, 0x7d, 0x2e, 0x1e};
  Address universal_resolver{0xee, 0xee, 0xee, 0xee, 0x14, 0xd7, 0x18, 0xc2, 0xb4, 0x7d,
                             0x99, 0x23, 0xde, 0xab, 0x13, 0x35, 0xe1, 0x44, 0xee, 0xee};

  /// There is no universal resolver, its address is zero: the registry and resolvers are asked
  /// themselves.
  [[nodiscard]] bool walks() const noexcept { return universal_resolver == Address{}; }
};

}  // namespace holdfast::ens
