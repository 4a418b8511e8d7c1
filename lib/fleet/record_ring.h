// RecordRing: records on their way from one worker, which never waits, to the one thread that takes
// them out. Bounded in bytes; what finds no room is the writer's to count. No lock, no allocation
// while writing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/function_ref.h"

namespace holdfast {

class RecordRing {
 public:
  static constexpr std::size_t kBytes =
      std::size_t{256} * 1024;  // 50 ms at 20,000 answers a second

  /// The writer's side. False if there is no room.
  [[nodiscard]] bool push(std::span<const std::uint8_t> record) noexcept;

  /// The reader's side: everything that is there, oldest first.
  void drain(FunctionRef<void(std::span<const std::uint8_t>)> visit);

 private:
  void copy_in(std::uint64_t at, std::span<const std::uint8_t> bytes) noexcept;
  void copy_out(std::uint64_t at, std::span<std::uint8_t> bytes) const noexcept;

  std::unique_ptr<std::uint8_t[]> bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(kBytes);
  std::vector<std::uint8_t> record_;  // the reader's
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  alignas(64) std::atomic<std::uint64_t> head_{0};
};

}  // namespace holdfast
