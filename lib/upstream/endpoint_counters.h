// EndpointCounters: what one thread counts and sees of an endpoint of a chain. Single writer (that
// thread), read by the metrics scrape and the status. Nothing here can hold a secret: an endpoint
// is its place in the chain.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/counters.h"
#include "rpc/chain.h"
#include "rpc/endpoint_state.h"

namespace holdfast {

/// How a request to an endpoint ended: with an answer, in one of the faults, or it was not waited
/// for any longer.
inline constexpr std::size_t kEndpointEnds = rpc::kFaults + 2;
inline constexpr std::size_t kEndAnswered = rpc::kFaults;
inline constexpr std::size_t kEndAbandoned = rpc::kFaults + 1;

/// The `outcome` label.
[[nodiscard]] const char* endpoint_end_label(std::size_t end) noexcept;

/// What a thread thinks of an endpoint.
struct EndpointView {
  TimePoint told_at = kNever;  // kNever: this thread has not looked yet
  rpc::Unready unready = rpc::Unready::unknown;
  std::optional<rpc::Fault> fault;  // the last one; none once it answers
  std::uint64_t head = 0;           // the number of its newest block; 0: not known
  std::uint64_t head_time = 0;      // of that block, in Unix time
  std::uint64_t behind = 0;         // blocks
  Duration latency{};               // smoothed; 0: no answer yet
  double score = 0;                 // how readily it is asked, 0 to 1
  std::optional<bool> keeps_revert_data;
};

class EndpointCounters {
 public:
  /// By purpose: questions' calls, and what it is asked about itself; then by how they ended.
  std::array<std::array<Counter, kEndpointEnds>, rpc::kPurposes> ended;
  Counter minority;  // votes that it lost
  Histogram took;    // of those answered

  /// The writer's side.
  void show(const EndpointView& view) noexcept;
  /// Any thread. Its members may be of two moments that follow each other.
  [[nodiscard]] EndpointView view() const noexcept;

 private:
  std::atomic<std::int64_t> told_at_{kNever.time_since_epoch().count()};
  Gauge unready_, fault_, head_, head_time_, behind_, latency_ns_, score_ppm_, reverts_;
};

/// By the endpoint's place in the chain.
using ChainCounters = std::array<EndpointCounters, rpc::kMostEndpoints>;

/// All threads together, nullptrs skipped: the view of whoever heard of it last.
struct EndpointTotals {
  std::array<std::array<std::uint64_t, kEndpointEnds>, rpc::kPurposes> ended{};
  std::uint64_t minority = 0;
  EndpointView view;

  [[nodiscard]] std::uint64_t requests() const noexcept;
  [[nodiscard]] std::uint64_t count(std::size_t end) const noexcept;
};

[[nodiscard]] EndpointTotals totals_of(std::span<const ChainCounters* const> threads,
                                       std::size_t endpoint) noexcept;

}  // namespace holdfast
