// FailureMemory: which questions failed lately, so that a broken name does not cost an exchange per
// query (RFC 9520) and a stale one is not refreshed too often (RFC 8767 5). Per question, never per
// zone: a forwarder sees no zone cuts. Fixed size, one worker's; a newer failure may push out an
// older one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "dns/types.h"
#include "resolver/absence.h"
#include "upstream/policy.h"

namespace holdfast {

struct RememberedFailure {
  TimePoint until{};           // what is held is not refreshed until then
  Duration backoff{};          // that long; the next failure doubles it
  TimePoint servfail_until{};  // without anything held it is the answer until then (RFC 9520)
  dns::Rcode rcode = dns::Rcode::servfail;
  std::optional<dns::EdeCode> ede;
  bool stale_held = false;            // a refresh that failed: its time doubles
  Absence held = Absence::undecided;  // not silence but a denial, that is not believed
  bool verdict = false;               // a validator's or a filter's word: nothing stale replaces it
  bool silent = false;                // somebody let it time out, and nobody answered
};

class FailureMemory {
 public:
  FailureMemory();

  /// The failure if it is still to be believed: not expired, and no upstream changed state since
  /// (epoch).
  [[nodiscard]] const RememberedFailure* find(std::uint64_t key, std::uint32_t epoch,
                                              TimePoint now) const noexcept;

  /// Has a refresh of the question failed lately, and none succeeded since? Believed or not: a
  /// change of an upstream may have ended that.
  [[nodiscard]] bool refresh_failed(std::uint64_t key, TimePoint now) const noexcept;

  /// Was the question one that nobody answered in time, a few minutes ago? Then the silence of an
  /// upstream that is asked it again says nothing about the upstream.
  [[nodiscard]] bool known_silent(std::uint64_t key, TimePoint now) const noexcept;

  /// Remembers one. With something stale held the time doubles from failure_backoff to
  /// failure_backoff_max while refreshes go on failing; without, it is failure_ttl.
  void record(std::uint64_t key, std::uint32_t epoch, const RememberedFailure& failure,
              const FailoverPolicy& policy, TimePoint now) noexcept;

  /// It was answered.
  void forget(std::uint64_t key) noexcept;

 private:
  static constexpr std::size_t kCells = 8192;

  struct Cell {
    std::uint64_t key = 0;
    std::uint32_t epoch = 0;
    TimePoint silent_until = kNever;
    RememberedFailure failure;
  };

  [[nodiscard]] Cell& cell(std::uint64_t key) noexcept { return cells_[key % kCells]; }

  std::vector<Cell> cells_;
};

}  // namespace holdfast
