#include "daemon/takeover_guard.h"

#include <utility>

#include "daemon/log.h"

namespace holdfast {

using State = ctl::Journal::State;

std::optional<std::vector<std::string>> TakeoverGuard::drift_now(TimePoint now) {
  std::string unreadable;
  const auto journal = ctl::read_journal(unreadable, journal_);
  if (!journal || (journal->state != State::taking && journal->state != State::giving)) {
    changing_since_.reset();
    if (journal && journal->state == State::taken) return ctl::drift_from(*journal);
    return std::nullopt;
  }
  if (!changing_since_) changing_since_ = now;
  if (now - *changing_since_ < kLongestChange) return drift_;
  return std::vector<std::string>{"its last step is missing (it was interrupted)"};
}

void TakeoverGuard::look(TimePoint now) {
  if (now < next_) return;
  next_ = now + kPause;
  auto drift = drift_now(now);
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
