// What an operator says of a bridge: which contracts, which zones, how to answer. Values, immutable
// while they are used.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "dns/name.h"
#include "ens/contracts.h"
#include "ens/namehash.h"
#include "ens/rrset.h"

namespace holdfast::ens {

/// A zone that a bridge answers for.
struct BridgeZone {
  enum class Kind : std::uint8_t {
    native,  // its names are ENS names, as those under eth
    copied,  // an ordinary DNS zone of which there is a copy on chain
    own,     // a zone that is on this chain and nowhere else: what is not there does not exist. Its
             // apex may be a single label, with a resolver that holds all of it
  };
  dns::Name apex;
  Kind kind = Kind::native;
  /// copied: the records are those of this name and not of the zone's own.
  std::optional<EncodedName> alias;
};

/// How answers look.
struct AnswerPolicy {
  std::vector<IpAddress> gateway_a;     // for names whose content a gateway can serve
  std::vector<IpAddress> gateway_aaaa;  // likewise
  std::vector<dns::Name> name_servers;  // NS of zones without, and the SOA's primary
  std::vector<std::string> text_keys;   // text records that a TXT question gets, too
  TtlLimits ttl;                        // of stored records
  std::uint32_t made_ttl = 300;         // of records made here: what public gateways use
  std::uint32_t negative_ttl = 60;
  /// Where nothing is stored at a name inside a zone: NXDOMAIN. Empty non-terminals cannot be seen
  /// on chain, so it may be wrong; NODATA never is.
  bool missing_is_nxdomain = false;

  friend bool operator==(const AnswerPolicy&, const AnswerPolicy&) = default;
};

/// Bounds of what contracts may have us fetch, for one question (EIP-3668 leaves them to clients).
struct GatewayPolicy {
  bool enabled = true;
  std::size_t lookups = 4;  // one after the other; a client should allow four
  /// Of all lookups together. A TXT question alone makes five, and a gateway may want two rounds.
  std::size_t questions = 16;
  std::size_t requests = 32;  // questions, and again at their further URLs
  std::size_t at_once = 4;
  std::size_t most_bytes = std::size_t{256} * 1024;  // of one response
  Duration patience = 3s;                            // for all of it, from the first request on
  /// A client error ends a lookup (EIP-3668, 8), or leads to the next URL as a server's does.
  bool next_after_client_error = false;

  friend bool operator==(const GatewayPolicy&, const GatewayPolicy&) = default;
};

struct Bridge {
  Contracts contracts;
  std::vector<BridgeZone> zones;
  AnswerPolicy answers;
  GatewayPolicy gateways;
};

/// The block that all calls of a question are made at.
struct Block {
  std::uint64_t number = 0;
  Hash hash{};
};

}  // namespace holdfast::ens
