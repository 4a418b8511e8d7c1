// What a name's content is (ENSIP-7), and how DNSLink says the same.
#pragma once

#include <optional>
#include <string>

#include "ens/keccak.h"

namespace holdfast::ens {

/// Nothing, and nothing but zeros, count as not set. More than a kibibyte is no contenthash.
[[nodiscard]] bool has_content(Bytes contenthash) noexcept;

/// "/ipfs/…", "/ipns/…", "/bzz/…" or "ar://…". nullopt for protocols that DNSLink has no form for,
/// and for what is malformed: a CID that is not version 1, a hash of another length than it says, a
/// DNS name of other than printable ASCII.
[[nodiscard]] std::optional<std::string> dnslink_of(Bytes contenthash);

}  // namespace holdfast::ens
