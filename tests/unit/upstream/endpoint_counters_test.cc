#include "upstream/endpoint_counters.h"

#include <gtest/gtest.h>

#include "upstream/chain_trail.h"

namespace holdfast {
namespace {

constexpr auto kCall = static_cast<std::size_t>(rpc::Purpose::call);
constexpr auto kAbout = static_cast<std::size_t>(rpc::Purpose::about);
constexpr auto kTimedOut = static_cast<std::size_t>(rpc::Fault::timed_out);

EndpointView view(TimePoint told_at, std::uint64_t head) {
  EndpointView out;
  out.told_at = told_at;
  out.unready = rpc::Unready::behind;
  out.fault = rpc::Fault::malformed;
  out.head = head;
  out.head_time = 1'800'000'000;
  out.behind = 7;
  out.latency = 21ms;
  out.score = 0.25;
  out.keeps_revert_data = false;
  return out;
}

TEST(EndpointCounters, AViewIsReadAsItWasShown) {
  EndpointCounters counters;
  EXPECT_EQ(counters.view().told_at, kNever);
  counters.show(view(TimePoint(9s), 195));
  const EndpointView read = counters.view();
  EXPECT_EQ(read.told_at, TimePoint(9s));
  EXPECT_EQ(read.unready, rpc::Unready::behind);
  EXPECT_EQ(read.fault, rpc::Fault::malformed);
  EXPECT_EQ(read.head, 195U);
  EXPECT_EQ(read.head_time, 1'800'000'000U);
  EXPECT_EQ(read.behind, 7U);
  EXPECT_EQ(read.latency, 21ms);
  EXPECT_EQ(read.score, 0.25);
  EXPECT_EQ(read.keeps_revert_data, false);
  EndpointView healthy = view(TimePoint(10s), 196);
  healthy.fault.reset();
  healthy.keeps_revert_data.reset();
  counters.show(healthy);
  EXPECT_EQ(counters.view().fault, std::nullopt);
  EXPECT_EQ(counters.view().keeps_revert_data, std::nullopt);
}

TEST(EndpointCounters, ThreadsAreSummedAndTheLastWordCounts) {
  ChainCounters worker, probes;
  worker[2].ended[kCall][kEndAnswered].add(5);
  worker[2].ended[kCall][kTimedOut].add();
  worker[2].minority.add();
  probes[2].ended[kAbout][kEndAnswered].add(3);
  worker[2].show(view(TimePoint(9s), 195));
  probes[2].show(view(TimePoint(8s), 190));
  const std::array<const ChainCounters*, 3> threads{&worker, nullptr, &probes};
  const EndpointTotals totals = totals_of(threads, 2);
  EXPECT_EQ(totals.requests(), 9U);
  EXPECT_EQ(totals.count(kEndAnswered), 8U);
  EXPECT_EQ(totals.count(kTimedOut), 1U);
  EXPECT_EQ(totals.minority, 1U);
  EXPECT_EQ(totals.view.head, 195U);
  EXPECT_EQ(totals_of(threads, 0).view.told_at, kNever);
}

TEST(EndpointCounters, EveryEndHasALabel) {
  for (std::size_t end = 0; end < kEndpointEnds; ++end)
    EXPECT_STRNE(endpoint_end_label(end), "?");
  EXPECT_STREQ(endpoint_end_label(kTimedOut), "timed_out");
  EXPECT_STREQ(endpoint_end_label(kEndAnswered), "answered");
  EXPECT_STREQ(endpoint_end_label(kEndAbandoned), "abandoned");
  using Part = ChainTrail::Voice::Part;
  for (const Part part : {Part::unheard, Part::failed, Part::said, Part::believed, Part::outvoted})
    EXPECT_STRNE(to_string(part), "?");
}

}  // namespace
}  // namespace holdfast
