#include "metrics/exposition.h"

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr UpstreamId kCloud{3};

UpstreamSeries cloud() {
  UpstreamSeries series;
  series.id = kCloud;
  series.name = "cloud";
  series.provider = "aws";
  series.transport = "udp";
  series.certificates_end = 0;  // so that every family has a sample
  return series;
}

MetricsView view_of(const WorkerCounters& worker) {
  MetricsView view;
  view.version = "1.2.3";
  view.workers = {&worker};
  view.upstreams = {cloud()};
  view.routes = {{".", 2, 1, false}};
  view.store.emplace();
  return view;
}

/// The value of the one line that begins with `series`.
double value_of(const std::string& text, const std::string& series) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
  }
  ADD_FAILURE() << "no series " << series << " in\n" << text;
  return -1;
}

TEST(Exposition, sums_over_workers) {
  WorkerCounters first, second;
  first.queries_udp.add(3);
  second.queries_udp.add(4);
  second.queries_tcp.add(1);
  MetricsView view = view_of(first);
  view.workers.push_back(&second);
  const std::string text = metrics_text(view);
  EXPECT_EQ(value_of(text, R"(holdfast_queries_total{transport="udp"})"), 7);
  EXPECT_EQ(value_of(text, R"(holdfast_queries_total{transport="tcp"})"), 1);
  EXPECT_EQ(value_of(text, "holdfast_workers"), 2);
}

TEST(Exposition, labels_upstreams_and_counts_only_what_was_seen) {
  WorkerCounters worker;
  const std::string before = metrics_text(view_of(worker));
  EXPECT_THAT(before, Not(HasSubstr("outcome=\"servfail\"")));
  worker.of(kCloud).outcomes[static_cast<std::size_t>(Outcome::servfail)].add(5);
  const std::string text = metrics_text(view_of(worker));
  const std::string labels = R"(upstream="cloud",provider="aws",transport="udp")";
  EXPECT_EQ(value_of(text, "holdfast_exchanges_total{" + labels + R"(,outcome="servfail"})"), 5);
  EXPECT_EQ(value_of(text, "holdfast_exchanges_total{" + labels + R"(,outcome="positive"})"), 0);
}

TEST(Exposition, shows_one_state_at_a_time) {
  WorkerCounters worker;
  MetricsView view = view_of(worker);
  view.upstreams[0].view.state = HealthState::recovering;
  view.upstreams[0].view.forced = Forced::down;  // the operator's word wins
  const std::string text = metrics_text(view);
  const std::string series =
      R"(holdfast_upstream_state{upstream="cloud",provider="aws",transport="udp",state=)";
  EXPECT_EQ(value_of(text, series + "\"down\"}"), 1);
  EXPECT_EQ(value_of(text, series + "\"recovering\"}"), 0);
  EXPECT_EQ(value_of(text, series + "\"up\"}"), 0);
  EXPECT_EQ(value_of(text, series + "\"suspect\"}"), 0);
}

TEST(Exposition, histogram_is_coarse_and_complete) {
  WorkerCounters worker;
  worker.lookup_seconds.record(1ms);
  worker.lookup_seconds.record(100ms);
  worker.lookup_seconds.record(60s);  // beyond the last fine bucket
  const std::string text = metrics_text(view_of(worker));
  EXPECT_EQ(value_of(text, "holdfast_lookup_duration_seconds_count"), 3);
  EXPECT_NEAR(value_of(text, "holdfast_lookup_duration_seconds_sum"), 60.101, 0.001);
  EXPECT_EQ(value_of(text, R"(holdfast_lookup_duration_seconds_bucket{le="+Inf"})"), 3);
  const std::regex bucket(R"re(holdfast_lookup_duration_seconds_bucket\{le="([^"]+)"\} (\d+))re");
  unsigned buckets = 0;
  double last_bound = 0, last_count = 0, at_most_200ms = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), bucket), end; it != end; ++it) {
    ++buckets;
    if ((*it)[1] == "+Inf") continue;
    const double bound = std::stod((*it)[1]), count = std::stod((*it)[2]);
    EXPECT_GT(bound, last_bound);
    EXPECT_GE(count, last_count);
    last_bound = bound;
    last_count = count;
    if (bound > 0.1 && at_most_200ms == 0) at_most_200ms = count;
  }
  EXPECT_EQ(buckets, 12);
  EXPECT_EQ(last_count, 2) << "what is longer than every bound is in +Inf only";
  EXPECT_EQ(at_most_200ms, 2);
}

TEST(Exposition, tells_when_certificates_end) {
  WorkerCounters worker;
  MetricsView view = view_of(worker);
  view.upstreams[0].certificates_end = 4'102'444'800;  // 2100-01-01
  const std::string series =
      R"(holdfast_upstream_certificate_expiry_timestamp_seconds{upstream="cloud",provider="aws",)"
      R"(transport="udp"})";
  EXPECT_EQ(value_of(metrics_text(view), series), 4'102'444'800);
  view.upstreams[0].certificates_end.reset();  // without TLS
  EXPECT_THAT(metrics_text(view), Not(HasSubstr(series)));
}

TEST(Exposition, panic_and_reloads) {
  WorkerCounters worker;
  MetricsView view = view_of(worker);
  view.routes = {{"corp.internal", 0, 1, true}};
  view.reloads.failed = 2;
  view.reloads.last_succeeded = false;
  view.reloads.generation = 7;
  const std::string text = metrics_text(view);
  EXPECT_EQ(value_of(text, R"(holdfast_route_panic{route="corp.internal"})"), 1);
  EXPECT_EQ(value_of(text, R"(holdfast_config_reloads_total{result="failure"})"), 2);
  EXPECT_EQ(value_of(text, "holdfast_config_last_reload_successful"), 0);
  EXPECT_EQ(value_of(text, "holdfast_config_generation"), 7);
  EXPECT_EQ(value_of(text, R"(holdfast_build_info{version="1.2.3"})"), 1);
}

TEST(Exposition, a_takeover_has_a_series_only_after_one) {
  MetricsView view;
  EXPECT_EQ(metrics_text(view).find("holdfast_takeover_drift"), std::string::npos);
  view.takeover_drift = 2;
  EXPECT_EQ(value_of(metrics_text(view), "holdfast_takeover_drift"), 2);
}

TEST(Exposition, probing_transports_count_only_for_transports) {
  WorkerCounters worker, probes;
  probes.of(kCloud).tcp_connects.add(2);
  probes.of(kCloud).tls_handshakes.add(5);
  probes.of(kCloud).tls_resumptions.add(3);
  probes.of(kCloud).started[0].add(9);
  MetricsView view = view_of(worker);
  view.probe_books = {&probes};
  const std::string text = metrics_text(view);
  const std::string labels = R"(upstream="cloud",provider="aws",transport="udp")";
  EXPECT_EQ(value_of(text, "holdfast_upstream_tcp_connects_total{" + labels + "}"), 2);
  const std::string handshakes = "holdfast_upstream_tls_handshakes_total{" + labels;
  EXPECT_EQ(value_of(text, handshakes + R"(,result="full"})"), 2);
  EXPECT_EQ(value_of(text, handshakes + R"(,result="resumed"})"), 3);
  EXPECT_EQ(value_of(text, "holdfast_exchanges_started_total{" + labels + R"(,reason="first"})"),
            0);
}

/// Every label name that may ever appear: none of them grows with what clients ask.
TEST(Exposition, drills_are_marked) {
  WorkerCounters worker;
  MetricsView view = view_of(worker);
  EXPECT_EQ(value_of(metrics_text(view), "holdfast_drill_active"), 0);
  view.drills = {true, 1, 2, 3, 4, 100, 40};
  view.timeline[static_cast<std::size_t>(TimelineKind::drill)] = 5;
  const std::string text = metrics_text(view);
  EXPECT_EQ(value_of(text, "holdfast_drill_active"), 1);
  EXPECT_EQ(value_of(text, R"(holdfast_drills_total{result="aborted"})"), 3);
  EXPECT_EQ(value_of(text, R"(holdfast_drill_exchanges_total{result="spoiled"})"), 40);
  EXPECT_EQ(value_of(text, R"(holdfast_drill_exchanges_total{result="left_alone"})"), 60);
  EXPECT_EQ(value_of(text, R"(holdfast_timeline_records_total{kind="drill"})"), 5);
}

TEST(Exposition, labels_are_bounded) {
  WorkerCounters worker;
  worker.of(kCloud).outcomes.back().add();
  const std::string text = metrics_text(view_of(worker));
  const std::set<std::string> allowed{"upstream", "provider", "transport", "route", "kind",
                                      "rcode",    "reason",   "outcome",   "state", "source",
                                      "result",   "version",  "le"};
  const std::regex label(R"re([{,]([a-z_]+)=")re");
  for (std::sregex_iterator it(text.begin(), text.end(), label), end; it != end; ++it) {
    EXPECT_TRUE(allowed.contains((*it)[1])) << (*it)[1];
  }
}

TEST(Exposition, a_fleet_has_series_where_there_is_one) {
  WorkerCounters worker;
  MetricsView view = view_of(worker);
  EXPECT_THAT(metrics_text(view), Not(HasSubstr("holdfast_fleet_")));
  FleetSeries& fleet = view.fleet.emplace();
  fleet.up = true;
  fleet.published = 7;
  fleet.reads = {{"hit", 2}, {"late", 1}};
  const std::string text = metrics_text(view);
  EXPECT_EQ(value_of(text, "holdfast_fleet_up"), 1);
  EXPECT_EQ(value_of(text, "holdfast_fleet_published_total"), 7);
  EXPECT_EQ(value_of(text, R"(holdfast_fleet_reads_total{result="late"})"), 1);
}

TEST(Exposition, tells_of_the_store_only_if_there_is_one) {
  WorkerCounters worker;
  MetricsView view = view_of(worker);
  view.store = StoreSeries{.up = true, .rows = 7, .read_hits = 2};
  std::string text = metrics_text(view);
  EXPECT_EQ(value_of(text, "holdfast_store_up"), 1);
  EXPECT_EQ(value_of(text, "holdfast_store_rows"), 7);
  EXPECT_EQ(value_of(text, R"(holdfast_store_reads_total{result="hit"})"), 2);
  view.store.reset();
  text = metrics_text(view);
  EXPECT_THAT(text, Not(HasSubstr("holdfast_store_")));
}

TEST(Exposition, endpoints_of_a_chain) {
  WorkerCounters worker, probes;
  EndpointCounters& counted = worker.of_chain(kCloud)[1];
  counted.ended[0][kEndAnswered].add(7);
  counted.ended[0][static_cast<std::size_t>(rpc::Fault::rate_limited)].add(2);
  counted.minority.add(3);
  EndpointView seen;
  seen.told_at = TimePoint(1s);
  seen.unready = rpc::Unready::behind;
  seen.head = 195;
  seen.behind = 4;
  counted.show(seen);
  probes.of_chain(kCloud)[1].ended[1][kEndAnswered].add();
  MetricsView view = view_of(worker);
  EXPECT_THAT(metrics_text(view), Not(HasSubstr("holdfast_endpoint_")));
  view.probe_books = {&probes};
  view.upstreams[0].endpoints = {"rpc-a", "rpc-b"};
  const std::string text = metrics_text(view);
  const std::string calls =
      "holdfast_endpoint_requests_total"
      R"({upstream="cloud",endpoint="rpc-b",purpose="call",outcome=)";
  EXPECT_EQ(value_of(text, calls + R"("answered"})"), 7);
  EXPECT_EQ(value_of(text, calls + R"("rate_limited"})"), 2);
  EXPECT_THAT(text, Not(HasSubstr(calls + R"("timed_out")")));
  const std::string of_b = R"({upstream="cloud",endpoint="rpc-b"})";
  EXPECT_EQ(value_of(text, "holdfast_endpoint_minority_total" + of_b), 3);
  EXPECT_EQ(value_of(text, "holdfast_endpoint_head_block" + of_b), 195);
  EXPECT_EQ(value_of(text, "holdfast_endpoint_blocks_behind" + of_b), 4);
  EXPECT_EQ(
      value_of(text,
               R"(holdfast_endpoint_state{upstream="cloud",endpoint="rpc-b",state="behind"})"),
      1);
  EXPECT_EQ(
      value_of(text,
               R"(holdfast_endpoint_state{upstream="cloud",endpoint="rpc-a",state="unknown"})"),
      1);
}

TEST(Exposition, every_series_is_documented) {
  std::ifstream file(HOLDFAST_SOURCE_DIR "/docs/METRICS.md");
  const std::string document((std::istreambuf_iterator<char>(file)),
                             std::istreambuf_iterator<char>());
  ASSERT_FALSE(document.empty());
  WorkerCounters worker;
  MetricsView view = view_of(worker);
  view.fleet.emplace();
  view.upstreams[0].endpoints = {"rpc-a"};
  const std::string text = metrics_text(view);
  const std::regex type(R"re(# TYPE (\S+) (\S+))re");
  unsigned families = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), type), end; it != end; ++it) {
    ++families;
    const std::regex row("\\| `" + (*it)[1].str() + "`[^\n]*\\| " + (*it)[2].str() + " \\|");
    EXPECT_TRUE(std::regex_search(document, row)) << (*it)[1] << " as " << (*it)[2];
  }
  EXPECT_GT(families, 40);
}

}  // namespace
}  // namespace holdfast
