// TakeoverGuard: after `holdfastctl takeover`, notices when somebody else writes to the files that
// send programs to us. It only looks and tells; writing again is the operator's word.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "daemon/ctl/journal.h"

namespace holdfast {

/// Control thread.
class TakeoverGuard {
 public:
  static constexpr Duration kPause = 5s;
  static constexpr Duration kLongestChange = 3min;  // more than a takeover or giveback takes

  /// `journal` is where holdfastctl has it (ctl/journal.h).
  explicit TakeoverGuard(std::string journal = ctl::kJournal) : journal_(std::move(journal)) {}

  /// Reads the journal and a few small files, every kPause; a change is a line in the log.
  void look(TimePoint now);

  /// What is no longer as the takeover left it, a line each, or that its change or that of a
  /// giveback has not ended for kLongestChange; nullopt: the host was not taken over.
  [[nodiscard]] const std::optional<std::vector<std::string>>& drift() const noexcept {
    return drift_;
  }

 private:
  [[nodiscard]] std::optional<std::vector<std::string>> drift_now(TimePoint now);

  std::string journal_;
  std::optional<TimePoint> changing_since_;
  std::optional<std::vector<std::string>> drift_;
  TimePoint next_{};
};

}  // namespace holdfast
