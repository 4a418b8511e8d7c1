// Reporter: from the running service to what status and metrics show. Control thread, but for
// metrics_view().
#pragma once

#include "daemon/service.h"
#include "metrics/metrics_view.h"

namespace holdfast {

/// The service as it is now.
[[nodiscard]] StatusReport collect_status(Service& service, TimePoint now);

/// Replaces service.published.
void publish(Service& service, TimePoint now);

/// Any thread, once the service is started: what was published last, with the counters of this
/// moment.
[[nodiscard]] MetricsView metrics_view(const Service& service);

/// One line, rate-limited: an upstream that flaps, or many at once, must not fill the log.
void log_change(const HealthEvent& event);

/// Moves the checker's events into the log and into service.history.
void take_events(Service& service);

/// A line for each answer that has begun to be held against its providers; ten at most.
void tell_holds(Service& service, TimePoint now);

/// A line for each upstream whose TLS or HTTP has begun to fail, or fails for another reason.
void tell_faults(Service& service);

/// A line if descriptors were lacking since the last one; every ten seconds at most.
void tell_shortage(Service& service, TimePoint now);

/// Tells the store how all upstreams fare; not while a drill makes them fare so.
void save_health(Service& service, TimePoint now);

/// Writes what the workers' query logs hold, at most `lines`, and takes off what it wrote; the rest
/// is counted.
void write_query_log(Service& service, std::uint32_t& lines);

/// "3 of 4 upstreams usable": for systemd's status line.
[[nodiscard]] std::string one_line(const Service& service);

}  // namespace holdfast
