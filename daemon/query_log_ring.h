// QueryLogRing: the bounded query log of one worker, between the worker, which never waits, and the
// control thread, which writes. What does not fit is counted.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/cache_line.h"
#include "base/counters.h"
#include "base/function_ref.h"
#include "resolver/query_log.h"

namespace holdfast {

class QueryLogRing {
 public:
  static constexpr std::size_t kEntries = 1024;  // 100 ms at 10,000 queries a second

  /// The worker's side.
  void push(const QueryLogEntry& entry) noexcept {
    const auto tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == kEntries) {
      dropped_.add();
      return;
    }
    (*entries_)[tail % kEntries] = entry;
    tail_.store(tail + 1, std::memory_order_release);
  }

  /// The control thread's side: everything that is there, oldest first.
  void drain(FunctionRef<void(const QueryLogEntry&)> visit) {
    auto head = head_.load(std::memory_order_relaxed);
    const auto tail = tail_.load(std::memory_order_acquire);
    for (; head != tail; ++head)
      visit((*entries_)[head % kEntries]);
    head_.store(head, std::memory_order_release);
  }

  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.get(); }

 private:
  std::unique_ptr<std::array<QueryLogEntry, kEntries>> entries_ =
      std::make_unique<std::array<QueryLogEntry, kEntries>>();
  alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};
  alignas(kCacheLine) std::atomic<std::uint64_t> head_{0};
  Counter dropped_;
};

}  // namespace holdfast
