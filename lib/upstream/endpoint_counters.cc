#include "upstream/endpoint_counters.h"

#include <numeric>

namespace holdfast {
namespace {

constexpr double kPpm = 1e6;

std::int64_t as_gauge(std::uint64_t number) noexcept {
  return static_cast<std::int64_t>(number & INT64_MAX);
}

std::uint64_t as_number(const Gauge& gauge) noexcept {
  return static_cast<std::uint64_t>(gauge.get());
}

}  // namespace

const char* endpoint_end_label(std::size_t end) noexcept {
  if (end == kEndAnswered) return "answered";
  return end == kEndAbandoned ? "abandoned" : rpc::to_string(static_cast<rpc::Fault>(end));
}

void EndpointCounters::show(const EndpointView& view) noexcept {
  unready_.set(static_cast<std::int64_t>(view.unready));
  fault_.set(view.fault ? 1 + static_cast<std::int64_t>(*view.fault) : 0);
  head_.set(as_gauge(view.head));
  head_time_.set(as_gauge(view.head_time));
  behind_.set(as_gauge(view.behind));
  latency_ns_.set(view.latency.count());
  score_ppm_.set(static_cast<std::int64_t>(view.score * kPpm));
  reverts_.set(view.keeps_revert_data ? 1 + static_cast<std::int64_t>(*view.keeps_revert_data) : 0);
  told_at_.store(view.told_at.time_since_epoch().count(), std::memory_order_relaxed);
}

EndpointView EndpointCounters::view() const noexcept {
  EndpointView view;
  view.told_at = TimePoint(Duration(told_at_.load(std::memory_order_relaxed)));
  view.unready = static_cast<rpc::Unready>(unready_.get());
  if (fault_.get() > 0) view.fault = static_cast<rpc::Fault>(fault_.get() - 1);
  view.head = as_number(head_);
  view.head_time = as_number(head_time_);
  view.behind = as_number(behind_);
  view.latency = Duration(latency_ns_.get());
  view.score = static_cast<double>(score_ppm_.get()) / kPpm;
  if (reverts_.get() > 0) view.keeps_revert_data = reverts_.get() == 2;
  return view;
}

std::uint64_t EndpointTotals::requests() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& purpose : ended)
    sum = std::accumulate(purpose.begin(), purpose.end(), sum);
  return sum;
}

std::uint64_t EndpointTotals::count(std::size_t end) const noexcept {
  std::uint64_t sum = 0;
  for (const auto& purpose : ended)
    sum += purpose[end];
  return sum;
}

EndpointTotals totals_of(std::span<const ChainCounters* const> threads,
                         std::size_t endpoint) noexcept {
  EndpointTotals totals;
  for (const ChainCounters* thread : threads) {
    if (thread == nullptr) continue;
    const EndpointCounters& counted = (*thread)[endpoint];
    for (std::size_t purpose = 0; purpose < rpc::kPurposes; ++purpose) {
      for (std::size_t end = 0; end < kEndpointEnds; ++end)
        totals.ended[purpose][end] += counted.ended[purpose][end].get();
    }
    totals.minority += counted.minority.get();
    const EndpointView view = counted.view();
    if (view.told_at > totals.view.told_at) totals.view = view;
  }
  return totals;
}

}  // namespace holdfast
