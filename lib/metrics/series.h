// SeriesWriter: builds Prometheus families one after the other; a thin layer over prometheus-cpp's
// plain structs that keeps the callers short. Internal to lib/metrics.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "base/counters.h"
#include "metrics/metrics_view.h"

namespace holdfast {

using Labels = std::vector<prometheus::ClientMetric::Label>;

/// Sums of Histograms, cut down to a dozen buckets: a quarter octave is finer than a scrape needs.
class HistogramSum {
 public:
  void add(const Histogram& histogram) noexcept;
  [[nodiscard]] prometheus::ClientMetric::Histogram coarse() const;

 private:
  std::array<std::uint64_t, Histogram::kBuckets> buckets_{};
  double sum_seconds_ = 0;
};

class SeriesWriter {
 public:
  /// Begins a family; what is added from now on belongs to it. A counter's name ends in _total.
  void counter(const char* name, const char* help);
  void gauge(const char* name, const char* help);
  void histogram(const char* name, const char* help);

  /// Adds a sample to the family begun last.
  void add(Labels labels, double value);

  void add(Labels labels, std::uint64_t value) {
    add(std::move(labels), static_cast<double>(value));
  }

  void add(Labels labels, const HistogramSum& sum);

  [[nodiscard]] const std::vector<prometheus::MetricFamily>& families() const noexcept {
    return families_;
  }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

/// The sum over workers of what `pick` finds in each.
template <typename Pick>
[[nodiscard]] std::uint64_t sum_of(const std::vector<const WorkerCounters*>& workers, Pick pick) {
  std::uint64_t sum = 0;
  for (const WorkerCounters* worker : workers)
    sum += static_cast<std::uint64_t>(pick(*worker));
  return sum;
}

/// What clients asked and got: queries, answers, lookups, cache.
void write_traffic(SeriesWriter& out, const MetricsView& view);
/// Each upstream: exchanges, health, probes; and each route.
void write_upstreams(SeriesWriter& out, const MetricsView& view);
/// Endpoints of chains, if there are any.
void write_endpoints(SeriesWriter& out, const MetricsView& view);
/// The fleet's memory.
void write_fleet(SeriesWriter& out, const FleetSeries& fleet);
/// The store on disk, if there is one.
void write_store(SeriesWriter& out, const MetricsView& view);
/// The daemon itself: configuration, ticks, process.
void write_service(SeriesWriter& out, const MetricsView& view);

}  // namespace holdfast
