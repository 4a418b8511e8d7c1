#include "daemon/takeover_guard.h"

#include <utility>

#include "daemon/ctl/journal.h"
#include "daemon/log.h"

namespace holdfast {

void TakeoverGuard::look(TimePoint now) {
  if (now < next_) return;
  next_ = now + kPause;
  std::string unreadable;
  const auto journal = ctl::read_journal(unreadable);
  std::optional<std::vector<std::string>> drift;
  if (journal && journal->state == ctl::Journal::State::taken) drift = ctl::drift_from(*journal);
  if (drift == drift_) return;
  if (drift && !drift->empty()) {
    for (const std::string& line : *drift) {
      HOLDFAST_LOG(warning,
                   "since the takeover {}: programs may no longer ask us; `holdfastctl takeover` "
                   "writes it again, `holdfastctl giveback` gives up",
                   line);
    }
  } else if (drift_ && !drift_->empty()) {
    log_line(LogLevel::info, "the files of the takeover are in order again");
  }
  drift_ = std::move(drift);
}

}  // namespace holdfast
