// Names answered here, without asking anybody: the `hosts` of the configuration, the special-use
// names that must not leave the host (RFC 6761, 6762, 7686, 9462, loopback reverse zones), ANY (RFC
// 8482), and private zones that have no upstream (RFC 6303). Writes whole messages for
// write_stored_reply().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dns/query_view.h"
#include "resolver/snapshot.h"
#include "route/route.h"

namespace holdfast {

/// `hosts`, ready to be looked up. Rebuilt with each Snapshot.
class HostIndex {
 public:
  HostIndex() = default;
  /// `hosts` outlives the index.
  explicit HostIndex(const std::vector<HostEntry>& hosts);
  [[nodiscard]] const HostEntry* find(dns::Bytes name) const noexcept;

 private:
  struct Cell {
    std::uint64_t hash;
    const HostEntry* entry;
  };

  std::vector<Cell> cells_;  // sorted by hash
};

/// The answer to this query if it is given here, written into `buffer` (at least 1,500 bytes); its
/// header has the rcode. nullopt: look it up. `route` is the query's route, may be null; an
/// explicit one at or below a special-use name wins over it.
[[nodiscard]] std::optional<dns::Bytes> answer_here(const dns::QueryView& query, const Route* route,
                                                    const HostIndex& hosts,
                                                    std::span<std::uint8_t> buffer) noexcept;

}  // namespace holdfast
