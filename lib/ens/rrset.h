// RRsets as they are stored on chain (ENSIP-6): records in wire form, one behind the other. Anybody
// may store anything, so a set is believed only as far as it is what was asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dns/types.h"
#include "ens/keccak.h"

namespace holdfast::ens {

/// Records of one owner and one type.
struct RrSet {
  dns::RrType type = dns::RrType::none;
  std::uint32_t ttl = 0;
  std::vector<Blob> rdatas;  // in wire form, names in them uncompressed

  [[nodiscard]] bool empty() const noexcept { return rdatas.empty(); }
};

struct TtlLimits {
  std::uint32_t least = 0;
  std::uint32_t most = 86400;

  friend bool operator==(const TtlLimits&, const TtlLimits&) = default;
};

/// The records of `stored` that are of this owner (but for case), type and class IN; others are
/// dropped, and so are duplicates. Their TTL is the lowest of them within the limits, 0 if its top
/// bit is set (RFC 2181 5.2, 8). nullopt if any record is cut off, has a compressed name, or an
/// rdata that its type forbids; if a TXT is empty or there are several CNAMEs; or if all of it is
/// more than a message can carry.
[[nodiscard]] std::optional<RrSet> read_rrset(Bytes stored, Bytes owner, dns::RrType type,
                                              const TtlLimits& limits);

/// A TXT rdata of this text, in strings of 255 bytes (RFC 1035 3.3.14).
[[nodiscard]] Blob txt_rdata(std::string_view text);

}  // namespace holdfast::ens
