// The Prometheus text of a MetricsView. docs/METRICS.md lists each series; a test compares the two.
// Reads counters only: it never waits for a worker.
#pragma once

#include <string>

#include "metrics/metrics_view.h"

namespace holdfast {

/// The content type that goes with it.
inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/// Text exposition format 0.0.4.
[[nodiscard]] std::string metrics_text(const MetricsView& view);

}  // namespace holdfast
