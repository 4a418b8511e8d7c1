#include "base/timer_queue.h"

#include <algorithm>
#include <tuple>

namespace holdfast {
namespace {

// Four children a node: half the depth of a binary heap, and siblings share a cache line.
constexpr std::size_t kArity = 4;

}  // namespace

TimerId TimerQueue::arm(TimePoint at, TimerClient& client, std::uint64_t token) {
  std::uint32_t slot = 0;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back({});
    free_.reserve(slots_.capacity());  // so that cancel() never allocates
  }
  Slot& s = slots_[slot];
  s.at = at;
  s.sequence = sequence_++;
  s.token = token;
  s.client = &client;
  heap_.push_back(slot);
  s.heap_index = static_cast<std::uint32_t>(heap_.size() - 1);
  sift_up(heap_.size() - 1);
  return {slot, s.generation};
}

bool TimerQueue::cancel(TimerId id) noexcept {
  if (id.slot >= slots_.size()) return false;
  const Slot& s = slots_[id.slot];
  if (s.generation != id.generation || s.client == nullptr) return false;
  remove_at(s.heap_index);
  return true;
}

TimePoint TimerQueue::next() const noexcept {
  return heap_.empty() ? kForever : slots_[heap_.front()].at;
}

std::size_t TimerQueue::expire(TimePoint now) {
  std::size_t fired = 0;
  while (!heap_.empty() && slots_[heap_.front()].at <= now) {
    const Slot due = slots_[heap_.front()];  // a copy: the client may arm, and move the slots
    remove_at(0);
    due.client->on_timer(due.token, now);
    ++fired;
  }
  return fired;
}

bool TimerQueue::before(std::uint32_t a, std::uint32_t b) const noexcept {
  const Slot& x = slots_[a];
  const Slot& y = slots_[b];
  return std::tie(x.at, x.sequence) < std::tie(y.at, y.sequence);
}

void TimerQueue::place(std::size_t index, std::uint32_t slot) noexcept {
  heap_[index] = slot;
  slots_[slot].heap_index = static_cast<std::uint32_t>(index);
}

void TimerQueue::sift_up(std::size_t index) noexcept {
  const std::uint32_t slot = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / kArity;
    if (!before(slot, heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, slot);
}

void TimerQueue::sift_down(std::size_t index) noexcept {
  const std::uint32_t slot = heap_[index];
  while (true) {
    const std::size_t first = index * kArity + 1;
    if (first >= heap_.size()) break;
    std::size_t least = first;
    const std::size_t end = std::min(first + kArity, heap_.size());
    for (std::size_t child = first + 1; child < end; ++child) {
      if (before(heap_[child], heap_[least])) least = child;
    }
    if (!before(heap_[least], slot)) break;
    place(index, heap_[least]);
    index = least;
  }
  place(index, slot);
}

void TimerQueue::remove_at(std::size_t index) noexcept {
  const std::uint32_t slot = heap_[index];
  slots_[slot].client = nullptr;
  ++slots_[slot].generation;
  free_.push_back(slot);
  const std::uint32_t last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  place(index, last);
  sift_up(index);
  sift_down(slots_[last].heap_index);
}

}  // namespace holdfast
