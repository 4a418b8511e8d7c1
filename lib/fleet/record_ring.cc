#include "fleet/record_ring.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace holdfast {
namespace {

using Length = std::uint32_t;

}  // namespace

bool RecordRing::push(std::span<const std::uint8_t> record) noexcept {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const std::uint64_t used = tail - head_.load(std::memory_order_acquire);
  if (record.size() + sizeof(Length) > kBytes - used) return false;
  std::array<std::uint8_t, sizeof(Length)> length{};
  const auto size = static_cast<Length>(record.size());
  std::memcpy(length.data(), &size, sizeof size);
  copy_in(tail, length);
  copy_in(tail + length.size(), record);
  tail_.store(tail + length.size() + record.size(), std::memory_order_release);
  return true;
}

void RecordRing::drain(FunctionRef<void(std::span<const std::uint8_t>)> visit) {
  std::uint64_t head = head_.load(std::memory_order_relaxed);
  const std::uint64_t tail = tail_.load(std::memory_order_acquire);
  while (head != tail) {
    std::array<std::uint8_t, sizeof(Length)> length{};
    copy_out(head, length);
    Length size = 0;
    std::memcpy(&size, length.data(), sizeof size);
    record_.resize(size);
    copy_out(head + length.size(), record_);
    head += length.size() + size;
    head_.store(head, std::memory_order_release);
    visit(record_);
  }
}

void RecordRing::copy_in(std::uint64_t at, std::span<const std::uint8_t> bytes) noexcept {
  if (bytes.empty()) return;
  const auto place = static_cast<std::size_t>(at % kBytes);
  const std::size_t first = std::min(bytes.size(), kBytes - place);
  std::memcpy(bytes_.get() + place, bytes.data(), first);
  std::memcpy(bytes_.get(), bytes.data() + first, bytes.size() - first);
}

void RecordRing::copy_out(std::uint64_t at, std::span<std::uint8_t> bytes) const noexcept {
  if (bytes.empty()) return;
  const auto place = static_cast<std::size_t>(at % kBytes);
  const std::size_t first = std::min(bytes.size(), kBytes - place);
  std::memcpy(bytes.data(), bytes_.get() + place, first);
  std::memcpy(bytes.data() + first, bytes_.get(), bytes.size() - first);
}

}  // namespace holdfast
