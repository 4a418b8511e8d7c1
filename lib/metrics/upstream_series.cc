#include "metrics/series.h"
#include "upstream/outcome.h"

namespace holdfast {
namespace {

Labels labels_of(const UpstreamSeries& upstream) {
  return {{"upstream", upstream.name},
          {"provider", upstream.provider},
          {"transport", upstream.transport}};
}

Labels labels_of(const UpstreamSeries& upstream, const char* name, const char* value) {
  Labels labels = labels_of(upstream);
  labels.push_back({name, value});
  return labels;
}

double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

/// The sum over workers of one count of one upstream.
template <typename Pick>
std::uint64_t upstream_sum(const std::vector<const WorkerCounters*>& workers, UpstreamId id,
                           Pick pick) {
  return sum_of(workers, [id, &pick](const WorkerCounters& worker) -> std::uint64_t {
    const UpstreamCounters* counters = worker.find(id);
    return counters == nullptr ? 0 : pick(*counters);
  });
}

void write_exchanges(SeriesWriter& out, const MetricsView& view) {
  out.counter("holdfast_exchanges_started_total",
              "Questions sent to an upstream for clients, by reason.");
  for (const auto& upstream : view.upstreams) {
    for (std::size_t i = 0; i < kExchangeReasons; ++i) {
      out.add(labels_of(upstream, "reason", to_string(static_cast<ExchangeReason>(i))),
              upstream_sum(view.workers, upstream.id, [i](auto& c) { return c.started[i].get(); }));
    }
  }
  out.counter("holdfast_exchanges_total", "How exchanges ended.");
  for (const auto& upstream : view.upstreams) {
    for (std::size_t i = 0; i < kOutcomes; ++i) {
      const auto count =
          upstream_sum(view.workers, upstream.id, [i](auto& c) { return c.outcomes[i].get(); });
      const auto outcome = static_cast<Outcome>(i);
      // The answers and the time-out always; the rarer outcomes once they were seen.
      if (count == 0 && !is_answer(outcome) && outcome != Outcome::timeout) continue;
      out.add(labels_of(upstream, "outcome", to_string(outcome)), count);
    }
  }
  out.counter("holdfast_exchanges_late_total", "Answers accepted after their exchange's time-out.");
  for (const auto& upstream : view.upstreams) {
    out.add(labels_of(upstream),
            upstream_sum(view.workers, upstream.id, [](auto& c) { return c.late.get(); }));
  }
  out.histogram("holdfast_exchange_rtt_seconds", "Round-trip time of answered exchanges.");
  for (const auto& upstream : view.upstreams) {
    HistogramSum rtt;
    for (const WorkerCounters* worker : view.workers) {
      if (const auto* counters = worker->find(upstream.id)) rtt.add(counters->rtt);
    }
    out.add(labels_of(upstream), rtt);
  }
}

void write_transport(SeriesWriter& out, const MetricsView& view) {
  auto all = view.workers;
  all.insert(all.end(), view.probe_books.begin(), view.probe_books.end());
  out.counter("holdfast_upstream_replies_ignored_total",
              "Replies that answered no question in flight, by what was wrong.");
  for (const auto& upstream : view.upstreams) {
    out.add(labels_of(upstream, "reason", "id"),
            upstream_sum(all, upstream.id, [](auto& c) { return c.ignored_wrong_id.get(); }));
    out.add(labels_of(upstream, "reason", "question"),
            upstream_sum(all, upstream.id, [](auto& c) { return c.ignored_wrong_question.get(); }));
    out.add(labels_of(upstream, "reason", "cookie"),
            upstream_sum(all, upstream.id, [](auto& c) { return c.ignored_wrong_cookie.get(); }));
  }
  out.counter("holdfast_upstream_cookie_replies_total",
              "Replies over UDP that showed our DNS cookie.");
  for (const auto& upstream : view.upstreams) {
    out.add(labels_of(upstream),
            upstream_sum(all, upstream.id, [](auto& c) { return c.cookie_replies.get(); }));
  }
  out.counter("holdfast_upstream_tcp_connects_total", "TCP connections opened to an upstream.");
  for (const auto& upstream : view.upstreams) {
    out.add(labels_of(upstream),
            upstream_sum(all, upstream.id, [](auto& c) { return c.tcp_connects.get(); }));
  }
  out.counter(
      "holdfast_upstream_tls_handshakes_total",
      "TLS handshakes with an upstream that came to an end, by whether a session was resumed.");
  for (const auto& upstream : view.upstreams) {
    const auto all_of_them =
        upstream_sum(all, upstream.id, [](auto& c) { return c.tls_handshakes.get(); });
    const auto resumed =
        upstream_sum(all, upstream.id, [](auto& c) { return c.tls_resumptions.get(); });
    out.add(labels_of(upstream, "result", "full"), all_of_them - std::min(all_of_them, resumed));
    out.add(labels_of(upstream, "result", "resumed"), resumed);
  }
  out.counter("holdfast_upstream_throttled_total",
              "Exchanges not sent because of the provider's packet budget (max_pps).");
  for (const auto& upstream : view.upstreams) {
    out.add(labels_of(upstream),
            upstream_sum(all, upstream.id, [](auto& c) { return c.throttled.get(); }));
  }
}

void write_states(SeriesWriter& out, const std::vector<UpstreamSeries>& upstreams) {
  out.gauge("holdfast_upstream_state", "1 for the state an upstream is in, 0 for the others.");
  for (const auto& upstream : upstreams) {
    for (std::size_t i = 0; i < kHealthStates; ++i) {
      const auto state = static_cast<HealthState>(i);
      out.add(labels_of(upstream, "state", to_string(state)),
              upstream.view.effective() == state ? 1.0 : 0.0);
    }
  }
  out.gauge("holdfast_upstream_forced", "1 while the operator forces the upstream up or down.");
  for (const auto& upstream : upstreams) {
    out.add(labels_of(upstream), upstream.view.forced == Forced::automatic ? 0.0 : 1.0);
  }
  out.counter("holdfast_upstream_transitions_total", "Times an upstream entered a state.");
  for (const auto& upstream : upstreams) {
    for (std::size_t i = 0; i < kHealthStates; ++i) {
      out.add(labels_of(upstream, "state", to_string(static_cast<HealthState>(i))),
              upstream.transitions[i]);
    }
  }
}

void write_health(SeriesWriter& out, const std::vector<UpstreamSeries>& upstreams) {
  const auto each = [&](auto value) {
    for (const auto& upstream : upstreams)
      out.add(labels_of(upstream), value(upstream));
  };
  out.gauge("holdfast_upstream_share", "Share of its load a recovering upstream takes, else 1.");
  each([](auto& u) { return static_cast<double>(u.view.share); });
  out.gauge("holdfast_upstream_good_ratio", "Good share of the last exchanges, 1 if unknown.");
  each([](auto& u) { return u.good_ratio; });
  out.gauge("holdfast_upstream_p95_seconds", "95th percentile of the round-trip time.");
  each([](auto& u) { return seconds(u.view.p95); });
  out.gauge("holdfast_upstream_p99_seconds", "99th percentile of the round-trip time.");
  each([](auto& u) { return seconds(u.view.p99); });
  out.counter("holdfast_probes_total", "Health probes sent.");
  each([](auto& u) { return u.probes_sent; });
  out.counter("holdfast_probes_failed_total", "Health probes that failed.");
  each([](auto& u) { return u.probes_failed; });
  out.gauge("holdfast_probe_last_success_timestamp_seconds",
            "When the last successful probe ended, in Unix time; 0 if none did yet.");
  each([](auto& u) { return u.last_probe_success; });
}

void write_certificates(SeriesWriter& out, const std::vector<UpstreamSeries>& upstreams) {
  out.gauge("holdfast_upstream_certificate_expiry_timestamp_seconds",
            "When the first certificate of the chain that was shown last ends, in Unix time; 0 if "
            "none was shown yet.");
  for (const auto& upstream : upstreams) {
    if (!upstream.certificates_end) continue;
    out.add(labels_of(upstream), static_cast<double>(*upstream.certificates_end));
  }
}

void write_routes(SeriesWriter& out, const std::vector<RouteSeries>& routes) {
  out.gauge("holdfast_route_usable_upstreams", "Usable upstreams of a route.");
  for (const auto& route : routes) {
    out.add({{"route", route.label}}, static_cast<std::uint64_t>(route.usable));
  }
  out.gauge("holdfast_route_min_usable", "The route's safety floor.");
  for (const auto& route : routes) {
    out.add({{"route", route.label}}, static_cast<std::uint64_t>(route.min_usable));
  }
  out.gauge("holdfast_route_panic", "1 while a route has fewer usable upstreams than its floor.");
  for (const auto& route : routes) {
    out.add({{"route", route.label}}, route.panic ? 1.0 : 0.0);
  }
}

}  // namespace

void write_upstreams(SeriesWriter& out, const MetricsView& view) {
  write_exchanges(out, view);
  write_transport(out, view);
  write_states(out, view.upstreams);
  write_health(out, view.upstreams);
  write_certificates(out, view.upstreams);
  write_routes(out, view.routes);
}

}  // namespace holdfast
