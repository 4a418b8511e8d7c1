// Publication: what the owner of a name sends to its resolver so that a DNS zone stands on chain
// (ENSIP-6, setDNSRecords): the calldata, split where one transaction would be too large, and how
// much gas each takes. Values only: nothing is signed or sent.
#pragma once

#include <span>
#include <vector>

#include "dns/question.h"
#include "ens/namehash.h"

namespace holdfast::ens {

/// Records of one owner and type, as they are stored.
struct PublishedSet {
  EncodedName owner;  // lower case, as the wire has it: contracts hash it as it stands
  dns::RrType type = dns::RrType::none;
  std::uint32_t ttl = 0;
  std::vector<Blob> rdatas;  // uncompressed; one or more

  /// Resource records in wire format, one after the other: what dnsRecord() gives back.
  [[nodiscard]] Blob wire() const;
};

struct PublishCall {
  Blob data;
  std::size_t sets = 0;
  std::size_t records = 0;
  std::uint64_t gas = 0;  // gas_of(): what it takes at most if nothing was stored before
};

/// What one transaction may take. Chains cap it at 2^24 (EIP-7825), nodes' pools at 128 KiB.
struct PublishLimits {
  std::uint64_t gas = 8'000'000;
  std::size_t bytes = 96'000;
};

/// All sets of one owner stand together and no set is divided: a second transaction with the rest
/// of a set would replace the first part. A set that is larger than the limits has a call of its
/// own that exceeds them.
[[nodiscard]] std::vector<PublishCall> plan_publication(const Node& node,
                                                        std::vector<PublishedSet> sets,
                                                        const PublishLimits& limits);

/// clearDNSZone(node): all records that were published before are gone, at once.
[[nodiscard]] PublishCall clearance(const Node& node);

/// setDNSRecords(node, data): an upper bound by the prices of storage (EIP-2929, EIP-2200) and of
/// calldata (EIP-2028, EIP-7623), as if every slot was empty before.
[[nodiscard]] std::uint64_t gas_of(Bytes calldata, std::span<const PublishedSet> sets) noexcept;

}  // namespace holdfast::ens
