// TakeoverGuard: after `holdfastctl takeover`, notices when somebody else writes to the files that
// send programs to us. It only looks and tells; writing again is the operator's word.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace holdfast {

/// Control thread.
class TakeoverGuard {
 public:
  static constexpr Duration kPause = 5s;

  /// Reads the journal and a few small files, every kPause; a change is a line in the log.
  void look(TimePoint now);

  /// What is no longer as the takeover left it, a line each; nullopt: the host was not taken over.
  [[nodiscard]] const std::optional<std::vector<std::string>>& drift() const noexcept {
    return drift_;
  }

 private:
  std::optional<std::vector<std::string>> drift_;
  TimePoint next_{};
};

}  // namespace holdfast
