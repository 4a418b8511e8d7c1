#include "ens/contracts.h"

#include <string_view>

#include <gtest/gtest.h>

namespace holdfast::ens {
namespace {

TEST(Contracts, selectors_are_those_of_the_signatures) {
  const std::pair<Selector, std::string_view> known[] = {
      {function::find_resolver, "findResolver(bytes)"},
      {function::resolve, "resolve(bytes,bytes)"},
      {function::resolver, "resolver(bytes32)"},
      {function::owner, "owner(bytes32)"},
      {function::set_dns_records, "setDNSRecords(bytes32,bytes)"},
      {function::clear_dns_zone, "clearDNSZone(bytes32)"},
      {function::record_exists, "recordExists(bytes32)"},
      {function::supports_interface, "supportsInterface(bytes4)"},
      {function::multicall, "multicall(bytes[])"},
      {function::addr, "addr(bytes32)"},
      {function::text, "text(bytes32,string)"},
      {function::contenthash, "contenthash(bytes32)"},
      {function::dns_record, "dnsRecord(bytes32,bytes32,uint16)"},
      {function::has_dns_records, "hasDNSRecords(bytes32,bytes32)"},
      {function::batch_query, "query((address,string[],bytes)[])"},
      {error::offchain_lookup, "OffchainLookup(address,string[],bytes,bytes4,bytes)"},
      {error::resolver_not_found, "ResolverNotFound(bytes)"},
      {error::resolver_not_contract, "ResolverNotContract(bytes,address)"},
      {error::unsupported_profile, "UnsupportedResolverProfile(bytes4)"},
      {error::resolver_error, "ResolverError(bytes)"},
      {error::http_error, "HttpError(uint16,string)"},
      {error::could_not_resolve, "CouldNotResolve(bytes)"},
  };
  for (const auto& [selector, signature] : known) {
    const Hash hash =
        keccak256({reinterpret_cast<const std::uint8_t*>(signature.data()), signature.size()});
    EXPECT_EQ(selector_of(hash), selector) << signature;
  }
}

TEST(Contracts, the_default_ones_are_mainnets) {
  EXPECT_EQ("0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e", checksummed(Contracts{}.registry));
  EXPECT_EQ("0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe",
            checksummed(Contracts{}.universal_resolver));
}

}  // namespace
}  // namespace holdfast::ens
