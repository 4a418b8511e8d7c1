#include "resolver/failure_memory.h"

#include <algorithm>

namespace holdfast {
namespace {

// A dead zone is asked for again by whoever monitors it, every minute or so.
constexpr Duration kKnownSilent = 5min;

/// What is asked for less often is no part of a flood.
constexpr Duration kLately = 1min;

}  // namespace

FailureMemory::FailureMemory() : cells_(kCells) {}

const RememberedFailure* FailureMemory::find(std::uint64_t key, std::uint32_t epoch,
                                             TimePoint now) const noexcept {
  const Cell& cell = cells_[key % kCells];
  const bool believed = cell.key == key && cell.epoch == epoch && now < cell.failure.until;
  return believed ? &cell.failure : nullptr;
}

bool FailureMemory::refresh_failed(std::uint64_t key, TimePoint now) const noexcept {
  const Cell& cell = cells_[key % kCells];
  return cell.key == key && cell.failure.stale_held && now < cell.failure.until + kLately;
}

bool FailureMemory::known_silent(std::uint64_t key, TimePoint now) const noexcept {
  const Cell& cell = cells_[key % kCells];
  return cell.key == key && now < cell.silent_until;
}

void FailureMemory::record(std::uint64_t key, std::uint32_t epoch, const RememberedFailure& failure,
                           const FailoverPolicy& policy, TimePoint now) noexcept {
  Cell& slot = cell(key);
  Duration backoff = policy.failure_ttl;
  if (failure.stale_held) {
    const bool again =
        slot.key == key && slot.epoch == epoch && slot.failure.backoff > Duration::zero();
    backoff = again ? std::min(slot.failure.backoff * 2, policy.failure_backoff_max)
                    : policy.failure_backoff;
  }
  slot = {key, epoch, failure.silent ? now + kKnownSilent : kNever, failure};
  slot.failure.backoff = backoff;
  slot.failure.until = now + backoff;
  slot.failure.servfail_until = now + std::min(backoff, policy.failure_ttl);
}

void FailureMemory::forget(std::uint64_t key) noexcept {
  if (cell(key).key == key) cell(key) = Cell{};
}

}  // namespace holdfast
