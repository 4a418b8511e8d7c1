// The Engine's refreshing half: questions that are asked without anybody waiting for them, out of
// budgets of their own: popular answers before they end, and what could not be refreshed in an
// outage.
#include "resolver/engine.h"

namespace holdfast {
namespace {

/// Of a timer that is no lookup's.
constexpr std::uint64_t kQueueTimer = ~std::uint64_t{0};
/// So that many hosts, or names, are not in step.
constexpr std::uint32_t kMostJitterMs = 50;

}  // namespace

bool Engine::is_queue_timer(std::uint64_t token) noexcept {
  return token == kQueueTimer;
}

std::uint64_t Engine::queries_seen() const noexcept {
  return parts_.counters.cache_hits.get() + parts_.counters.cache_misses.get();
}

void Engine::configure_refreshes() noexcept {
  const FailoverPolicy& policy = snapshot_->policy;
  refreshes_.configure(policy.refresh_rate, policy.refresh_ratio);
  prefetches_.configure(policy.prefetch_rate, policy.prefetch_ratio);
}

void Engine::refresh(const LookupRequest& request, TimePoint now) {
  if (lookups_.find(find_running(request, hash_of(request.key()))) != nullptr) return;
  drive(start(request, true, now), now);
}

void Engine::prefetch(LookupRequest request, TimePoint now) {
  if (request.route == nullptr) return;
  if (!prefetches_.take(queries_seen(), now)) {
    parts_.counters.prefetches_refused.add();
    return;
  }
  if (!parts_.cache.claim_refresh(request.key(), now)) return;
  parts_.counters.prefetches.add();
  request.found.freshness = Freshness::stale;  // held; a failure is that of a refresh
  refresh(request, now);
}

bool Engine::may_refresh(TimePoint now) noexcept {
  return queue_.empty() && refreshes_.take(queries_seen(), now);
}

void Engine::refresh_later(const LookupRequest& request, TimePoint now) {
  const QueuedRefresh queued{request.question, request.dnssec_ok, request.checking_disabled,
                             hash_of(request.key())};
  const bool nobody_waited = queue_.empty();
  if (!queue_.push(queued)) parts_.counters.refreshes_shed.add();
  if (nobody_waited) arm_queue(now);
}

void Engine::arm_queue(TimePoint now) {
  const Duration jitter = std::chrono::milliseconds(parts_.random.below(kMostJitterMs));
  queue_timer_ = parts_.timers.arm(refreshes_.next(now) + jitter, *this, kQueueTimer);
}

/// As many as the budget allows by now.
void Engine::run_queue(TimePoint now) {
  while (!queue_.empty() && refreshes_.take(queries_seen(), now)) {
    const QueuedRefresh next = *queue_.pop();
    LookupRequest request{next.question,
                          next.dnssec_ok,
                          next.checking_disabled,
                          snapshot_->routes.find(next.question.name.wire()),
                          {},
                          0};
    if (request.route == nullptr) continue;
    request.found = parts_.cache.find(request.key(), now, [](const CachedAnswer&) {});
    if (request.found.freshness == Freshness::stale) refresh(request, now);
  }
  if (!queue_.empty()) arm_queue(now);
}

}  // namespace holdfast
