// RefreshQueue: questions whose last refresh failed and that are to be asked again, but not all at
// once: what comes back after an outage must not be met by everything that was waited for. Whoever
// asks for one meanwhile gets what is held. Fixed bound, one worker's.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_set>

#include "dns/question.h"

namespace holdfast {

struct QueuedRefresh {
  dns::Question question;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  std::uint64_t key_hash = 0;
};

class RefreshQueue {
 public:
  static constexpr std::size_t kMost = 4096;

  /// False if there is no room. One that waits already is not queued twice.
  [[nodiscard]] bool push(const QueuedRefresh& refresh);
  /// The one that has waited longest; nullopt if none does.
  [[nodiscard]] std::optional<QueuedRefresh> pop();

  [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }

 private:
  std::deque<QueuedRefresh> waiting_;
  std::unordered_set<std::uint64_t> known_;
};

}  // namespace holdfast
