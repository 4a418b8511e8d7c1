// Salvage: what is readable of a damaged store, page by page, into the cache and, where there is
// one, into the store that took the damaged one's place.
#pragma once

#include <cstdint>
#include <string>

#include "store/loader.h"
#include "store/notes.h"
#include "store/page_scan.h"
#include "store/store.h"

namespace holdfast {

class Salvage {
 public:
  static constexpr int kPagesAtOnce = 64;

  /// Reads `path`; writes to `store` if it is open at each step().
  Salvage(const std::string& path, Store& store, Loader& loader)
      : scan_(path), store_(store), loader_(loader) {}

  /// Some pages more. `more`: it is not over. Anything but ok is the trouble of `store`; then the
  /// rows of that step are in the cache only.
  [[nodiscard]] DiskState step(const Moment& moment, bool& more);

  /// Notes found so far, those of each name that were written last first.
  [[nodiscard]] const SavedNotes& notes() const noexcept { return notes_; }

  [[nodiscard]] std::uint64_t kept() const noexcept { return kept_; }

  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  [[nodiscard]] bool take(dns::Bytes key, dns::Bytes value, const Moment& moment);

  PageScan scan_;
  Store& store_;
  Loader& loader_;
  SavedNotes notes_;
  std::uint64_t kept_ = 0, dropped_ = 0;
};

}  // namespace holdfast
