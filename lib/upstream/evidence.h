// Evidence: what one worker has seen of one upstream, as cumulative single-writer counts. The
// worker's ledger writes, the control thread reads the differences every 50 ms and feeds health.h
// with them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/counters.h"
#include "base/time.h"
#include "upstream/upstream.h"

namespace holdfast {

/// One upstream's sheet. Meanings are per exchange, probes not included.
struct Evidence {
  Counter good;          // answered in time
  Counter bad;           // failed with proven blame, or overdue
  Counter retracted;     // bad ones (overdue) that were the question's fault after all
  Counter failed;        // of the bad ones: failing replies, and silence until the deadline
  Counter late;          // overdue, then answered: slow, not failed
  Counter unproven;      // failed, and nobody else answered either: a probe must tell
  Counter answers;       // anything accepted, also late
  Counter stalls;        // quick suspicions: overdue with no answer since …
  Counter failure_runs;  // … or failures running
  std::atomic<std::int64_t> last_answer{kNever.time_since_epoch().count()};
  std::atomic<std::int64_t> oldest_unanswered{
      kForever.time_since_epoch().count()};  // sent, no answer since
  Histogram rtt;                             // of exchanges answered in time

  [[nodiscard]] static TimePoint load(const std::atomic<std::int64_t>& field) noexcept {
    return TimePoint(Duration(field.load(std::memory_order_relaxed)));
  }

  static void store(std::atomic<std::int64_t>& field, TimePoint at) noexcept {
    field.store(at.time_since_epoch().count(), std::memory_order_relaxed);
  }
};

/// All sheets of one worker. A sheet is made before the worker first sees the upstream.
class EvidenceBook {
 public:
  /// The worker's side: makes the sheet on first use.
  Evidence& of(UpstreamId id);

  /// The control thread's side: nullptr until there is one.
  [[nodiscard]] const Evidence* find(UpstreamId id) const noexcept {
    return published_[index(id)].load(std::memory_order_acquire);
  }

 private:
  std::array<std::unique_ptr<Evidence>, kMaxUpstreams> sheets_;
  std::array<std::atomic<const Evidence*>, kMaxUpstreams> published_{};
};

}  // namespace holdfast
