#include "metrics/series.h"

#include <utility>

namespace holdfast {
namespace {

constexpr std::size_t kCoarse = 6;  // fine buckets per coarse one: factor 2.8

double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

prometheus::MetricFamily family(const char* name, const char* help, prometheus::MetricType type) {
  prometheus::MetricFamily made;
  made.name = name;
  made.help = help;
  made.type = type;
  return made;
}

}  // namespace

void HistogramSum::add(const Histogram& histogram) noexcept {
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    buckets_[i] += histogram.count(i);
  sum_seconds_ += seconds(histogram.sum());
}

prometheus::ClientMetric::Histogram HistogramSum::coarse() const {
  prometheus::ClientMetric::Histogram made;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    cumulative += buckets_[i];
    // The last fine bucket takes all that is longer: it has no upper bound of its own.
    const bool ends_coarse = i % kCoarse == kCoarse - 1 && i + 1 < buckets_.size();
    if (ends_coarse) made.bucket.push_back({cumulative, seconds(Histogram::upper_bound(i))});
  }
  made.sample_count = cumulative;
  made.sample_sum = sum_seconds_;
  return made;
}

void SeriesWriter::counter(const char* name, const char* help) {
  families_.push_back(family(name, help, prometheus::MetricType::Counter));
}

void SeriesWriter::gauge(const char* name, const char* help) {
  families_.push_back(family(name, help, prometheus::MetricType::Gauge));
}

void SeriesWriter::histogram(const char* name, const char* help) {
  families_.push_back(family(name, help, prometheus::MetricType::Histogram));
}

void SeriesWriter::add(Labels labels, double value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = value;  // the serializer takes the one that fits the family
  metric.gauge.value = value;
  families_.back().metric.push_back(std::move(metric));
}

void SeriesWriter::add(Labels labels, const HistogramSum& sum) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.histogram = sum.coarse();
  families_.back().metric.push_back(std::move(metric));
}

}  // namespace holdfast
