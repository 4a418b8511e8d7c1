#include "resolver/refresh_queue.h"

namespace holdfast {

bool RefreshQueue::push(const QueuedRefresh& refresh) {
  if (known_.contains(refresh.key_hash)) return true;
  if (waiting_.size() >= kMost) return false;
  known_.insert(refresh.key_hash);
  waiting_.push_back(refresh);
  return true;
}

std::optional<QueuedRefresh> RefreshQueue::pop() {
  if (waiting_.empty()) return std::nullopt;
  const QueuedRefresh next = waiting_.front();
  waiting_.pop_front();
  known_.erase(next.key_hash);
  return next;
}

}  // namespace holdfast
