#include <algorithm>

#include "metrics/series.h"
#include "upstream/endpoint_counters.h"

namespace holdfast {
namespace {

/// An endpoint as it is shown.
struct Shown {
  const UpstreamSeries* upstream = nullptr;
  const std::string* name = nullptr;
  EndpointTotals totals;
  HistogramSum took;

  [[nodiscard]] Labels labels() const {
    return {{"upstream", upstream->name}, {"endpoint", *name}};
  }

  [[nodiscard]] Labels labels(const char* key, const char* value) const {
    Labels all = labels();
    all.push_back({key, value});
    return all;
  }
};

std::vector<Shown> collect(const MetricsView& view) {
  auto threads = view.workers;
  threads.insert(threads.end(), view.probe_books.begin(), view.probe_books.end());
  std::vector<Shown> shown;
  for (const UpstreamSeries& upstream : view.upstreams) {
    std::vector<const ChainCounters*> chains;
    for (const WorkerCounters* thread : threads)
      chains.push_back(thread->find_chain(upstream.id));
    for (std::size_t i = 0; i < upstream.endpoints.size(); ++i) {
      Shown& one = shown.emplace_back();
      one.upstream = &upstream;
      one.name = &upstream.endpoints[i];
      one.totals = totals_of(chains, i);
      for (const ChainCounters* chain : chains) {
        if (chain != nullptr) one.took.add((*chain)[i].took);
      }
    }
  }
  return shown;
}

void write_requests(SeriesWriter& out, const std::vector<Shown>& endpoints) {
  out.counter("holdfast_endpoint_requests_total",
              "Requests to an endpoint of a chain, by what for and how they ended.");
  for (const Shown& endpoint : endpoints) {
    for (std::size_t purpose = 0; purpose < rpc::kPurposes; ++purpose) {
      for (std::size_t end = 0; end < kEndpointEnds; ++end) {
        const std::uint64_t count = endpoint.totals.ended[purpose][end];
        // The rarer ends once they were seen.
        if (count == 0 && end != kEndAnswered) continue;
        Labels labels =
            endpoint.labels("purpose", rpc::to_string(static_cast<rpc::Purpose>(purpose)));
        labels.push_back({"outcome", endpoint_end_label(end)});
        out.add(std::move(labels), count);
      }
    }
  }
  out.histogram("holdfast_endpoint_request_seconds",
                "Time to the reply of an endpoint, where it answered.");
  for (const Shown& endpoint : endpoints)
    out.add(endpoint.labels(), endpoint.took);
  out.counter("holdfast_endpoint_minority_total",
              "Times an endpoint said something else than what was believed.");
  for (const Shown& endpoint : endpoints)
    out.add(endpoint.labels(), endpoint.totals.minority);
}

void write_states(SeriesWriter& out, const std::vector<Shown>& endpoints) {
  out.gauge("holdfast_endpoint_state", "1 for the state an endpoint is in, 0 for the others.");
  for (const Shown& endpoint : endpoints) {
    for (std::size_t i = 0; i < rpc::kUnready; ++i) {
      const auto state = static_cast<rpc::Unready>(i);
      out.add(endpoint.labels("state", rpc::label_of(state)),
              endpoint.totals.view.unready == state ? 1.0 : 0.0);
    }
  }
  const auto each = [&](auto value) {
    for (const Shown& endpoint : endpoints)
      out.add(endpoint.labels(), value(endpoint.totals.view));
  };
  out.gauge("holdfast_endpoint_score", "How readily an endpoint is asked, 0 to 1.");
  each([](const EndpointView& v) { return v.score; });
  out.gauge("holdfast_endpoint_latency_seconds",
            "Smoothed time to an endpoint's reply; 0 before the first.");
  each([](const EndpointView& v) { return std::chrono::duration<double>(v.latency).count(); });
  out.gauge("holdfast_endpoint_head_block",
            "The number of an endpoint's newest block; 0 if it has told of none.");
  each([](const EndpointView& v) { return v.head; });
  out.gauge("holdfast_endpoint_head_timestamp_seconds",
            "When an endpoint's newest block was made, in Unix time; 0 if it has told of none.");
  each([](const EndpointView& v) { return v.head_time; });
  out.gauge("holdfast_endpoint_blocks_behind",
            "How many blocks an endpoint is below the block that questions are asked at.");
  each([](const EndpointView& v) { return v.behind; });
  out.gauge("holdfast_endpoint_strips_reverts",
            "1 if an endpoint has shown that it strips the data of reverts.");
  each([](const EndpointView& v) { return v.keeps_revert_data == false ? 1.0 : 0.0; });
}

}  // namespace

void write_endpoints(SeriesWriter& out, const MetricsView& view) {
  const std::vector<Shown> endpoints = collect(view);
  if (endpoints.empty()) return;
  write_requests(out, endpoints);
  write_states(out, endpoints);
}

}  // namespace holdfast
