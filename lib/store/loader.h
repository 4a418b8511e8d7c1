// Loader: from rows to the cache. Takes a row from wherever it was found, believes nothing of it,
// and counts what became of it.
#pragma once

#include <cstdint>
#include <vector>

#include "cache/cache.h"
#include "cache/record.h"
#include "store/row.h"

namespace holdfast {

/// The same moment by both clocks.
struct Moment {
  TimePoint now{};
  UnixTime wall{};
};

enum class RowFate : std::uint8_t {
  taken,    // it is in the cache now
  held,     // the cache knows better already, or has no room
  damaged,  // its seal is broken
  foreign,  // sealed, but no answer to the question of its key
};

class Loader {
 public:
  explicit Loader(Cache& cache) : cache_(cache), buffer_(65535) {}

  /// Looks at the row and puts its answer into the cache.
  RowFate take(dns::Bytes key, dns::Bytes value, const Moment& moment);

  /// When the youngest answer that was seen had been stored; 0 if none was.
  [[nodiscard]] UnixTime youngest() const noexcept { return youngest_; }

 private:
  Cache& cache_;
  std::vector<std::uint8_t> buffer_;
  UnixTime youngest_{};
};

}  // namespace holdfast
