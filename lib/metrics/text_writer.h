// Prometheus families as text, format 0.0.4. prometheus-cpp's own serializer says the same and
// takes six times as long: with 64 upstreams and 1,000 routes that is what a scrape would cost. A
// test compares the two. Internal to lib/metrics.
#pragma once

#include <string>
#include <vector>

#include <prometheus/metric_family.h>

namespace holdfast {

/// Counters, gauges and histograms; a family of another type is left out.
[[nodiscard]] std::string write_text(const std::vector<prometheus::MetricFamily>& families);

}  // namespace holdfast
