// HoldWatch: which answers have begun to be held against their providers since the last look, and
// which no longer are, for the timeline. Control thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "resolver/hold_book.h"
#include "timeline/timeline.h"

namespace holdfast {

class HoldWatch {
 public:
  /// So many records of each sort a look; the others are told as one, or an outage of every name
  /// would push everything else out of the timeline.
  static constexpr std::size_t kMostRecords = 10;

  using Tell = FunctionRef<void(TimelineEvent)>;
  using Released = FunctionRef<bool(const dns::Question&)>;

  /// `holds` are those in force; `released` says whether the operator gave in.
  void look(const std::vector<Hold>& holds, TimePoint now, Released released, Tell tell);

  [[nodiscard]] bool empty() const noexcept { return known_.empty(); }

 private:
  struct Known {
    Hold hold;
    std::uint64_t round = 0;
  };

  std::map<std::string, Known> known_;  // by question
  std::uint64_t round_ = 0;
};

}  // namespace holdfast
