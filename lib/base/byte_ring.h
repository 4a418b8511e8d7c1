// ByteRing: byte strings from one thread to another, in order, bounded, without locks and system
// calls: how a worker's answers get to whoever keeps them. What finds no room is refused.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "base/cache_line.h"
#include "base/function_ref.h"

namespace holdfast {

/// One thread pushes, one drains.
class ByteRing {
 public:
  /// Precondition: `capacity` is a power of two.
  explicit ByteRing(std::size_t capacity)
      : capacity_(capacity), bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity)) {}

  /// False if there is no room. Does not allocate.
  [[nodiscard]] bool push(std::span<const std::uint8_t> string) noexcept {
    const auto tail = tail_.load(std::memory_order_relaxed);
    const auto length = static_cast<std::uint32_t>(string.size());
    const std::size_t used = tail - head_.load(std::memory_order_acquire);
    if (capacity_ - used < sizeof length + string.size()) return false;
    write(tail, &length, sizeof length);
    write(tail + sizeof length, string.data(), string.size());
    tail_.store(tail + sizeof length + string.size(), std::memory_order_release);
    return true;
  }

  /// More than half of it waits to be drained. For the pushing thread.
  [[nodiscard]] bool half_full() const noexcept {
    return tail_.load(std::memory_order_relaxed) - head_.load(std::memory_order_relaxed) >
           capacity_ / 2;
  }

  /// Takes off all that is there, oldest first.
  void drain(FunctionRef<void(std::span<const std::uint8_t>)> visit) {
    auto head = head_.load(std::memory_order_relaxed);
    const auto tail = tail_.load(std::memory_order_acquire);
    while (head != tail) {
      std::uint32_t length = 0;
      read(head, &length, sizeof length);
      string_.resize(length);
      read(head + sizeof length, string_.data(), length);
      head += sizeof length + length;
      head_.store(head, std::memory_order_release);
      visit(string_);
    }
  }

 private:
  void write(std::size_t at, const void* from, std::size_t size) noexcept {
    const std::size_t begin = at & (capacity_ - 1);
    const std::size_t first = std::min(size, capacity_ - begin);
    if (first != 0) std::memcpy(&bytes_[begin], from, first);
    const auto* rest = static_cast<const std::uint8_t*>(from) + first;
    if (size != first) std::memcpy(&bytes_[0], rest, size - first);
  }

  void read(std::size_t at, void* to, std::size_t size) const noexcept {
    const std::size_t begin = at & (capacity_ - 1);
    const std::size_t first = std::min(size, capacity_ - begin);
    if (first != 0) std::memcpy(to, &bytes_[begin], first);
    auto* rest = static_cast<std::uint8_t*>(to) + first;
    if (size != first) std::memcpy(rest, &bytes_[0], size - first);
  }

  const std::size_t capacity_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::vector<std::uint8_t> string_;  // the draining thread's
  alignas(kCacheLine) std::atomic<std::size_t> tail_{0};
  alignas(kCacheLine) std::atomic<std::size_t> head_{0};
};

}  // namespace holdfast
