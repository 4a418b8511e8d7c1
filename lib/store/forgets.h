// Forgets: names and zones whose answers are to be dropped, be it one name that somebody flushed or
// the thousands of zones of a new configuration: one look at each answer settles all of them.
#pragma once

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "dns/name.h"

namespace holdfast {

class Forgets {
 public:
  /// That very name, or with `zone` all at or below it.
  void add(const dns::Name& name, bool zone);

  [[nodiscard]] bool empty() const noexcept { return names_.empty() && zones_.empty(); }

  void clear() noexcept;

  /// Is an answer of that name (wire form, any case) to be dropped?
  [[nodiscard]] bool cover(dns::Bytes name) const;

  /// All of them; true for a zone.
  [[nodiscard]] std::vector<std::pair<dns::Name, bool>> list() const;

  /// In wire form, lower case.
  [[nodiscard]] const std::unordered_set<std::string>& names() const noexcept { return names_; }

  [[nodiscard]] const std::unordered_set<std::string>& zones() const noexcept { return zones_; }

 private:
  std::unordered_set<std::string> names_, zones_;
};

}  // namespace holdfast
