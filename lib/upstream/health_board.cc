#include "upstream/health_board.h"

#include <cmath>

namespace holdfast {
namespace {

std::uint64_t pack(const HealthView& view) noexcept {
  const auto share = static_cast<std::uint64_t>(std::lround(view.share * 1000.0F));
  return static_cast<std::uint64_t>(view.state) | (static_cast<std::uint64_t>(view.forced) << 8U) |
         (static_cast<std::uint64_t>(view.measured ? 1 : 0) << 16U) |
         (static_cast<std::uint64_t>(view.barred ? 1 : 0) << 17U) | (share << 24U);
}

std::uint32_t to_us(Duration d) noexcept {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(d).count());
}

}  // namespace

const char* to_string(HealthState state) noexcept {
  switch (state) {
    case HealthState::up:
      return "up";
    case HealthState::suspect:
      return "suspect";
    case HealthState::down:
      return "down";
    case HealthState::recovering:
      return "recovering";
  }
  return "?";
}

const char* to_string(Forced forced) noexcept {
  switch (forced) {
    case Forced::automatic:
      return "auto";
    case Forced::up:
      return "forced-up";
    case Forced::down:
      return "forced-down";
  }
  return "?";
}

HealthBoard::HealthBoard(const HealthView& initial)
    : cells_(std::make_unique<std::array<Cell, kMaxUpstreams>>()) {
  for (std::size_t i = 0; i < kMaxUpstreams; ++i)
    publish(static_cast<UpstreamId>(i), initial);
}

HealthView HealthBoard::read(UpstreamId id) const noexcept {
  const Cell& cell = (*cells_)[index(id)];
  const std::uint64_t word = cell.word.load(std::memory_order_relaxed);
  HealthView view;
  view.state = static_cast<HealthState>(word & 0xffU);
  view.forced = static_cast<Forced>((word >> 8U) & 0xffU);
  view.measured = ((word >> 16U) & 1U) != 0;
  view.barred = ((word >> 17U) & 1U) != 0;
  view.share = static_cast<float>(word >> 24U) / 1000.0F;
  view.p95 = std::chrono::microseconds(cell.p95_us.load(std::memory_order_relaxed));
  view.p99 = std::chrono::microseconds(cell.p99_us.load(std::memory_order_relaxed));
  view.srtt = std::chrono::microseconds(cell.srtt_us.load(std::memory_order_relaxed));
  return view;
}

void HealthBoard::publish(UpstreamId id, const HealthView& view) noexcept {
  Cell& cell = (*cells_)[index(id)];
  cell.p95_us.store(to_us(view.p95), std::memory_order_relaxed);
  cell.p99_us.store(to_us(view.p99), std::memory_order_relaxed);
  cell.srtt_us.store(to_us(view.srtt), std::memory_order_relaxed);
  cell.word.store(pack(view), std::memory_order_relaxed);
}

}  // namespace holdfast
