#include "control/status.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

constexpr TimePoint kNow{1000s};

UpstreamReport upstream() {
  UpstreamReport report;
  report.status.name = "vpc";
  report.status.provider = "aws";
  report.status.since = kNow - 12s;
  report.status.cause = Cause::silent;
  report.status.view.state = HealthState::down;
  report.status.good_ratio = 0.25;
  report.status.samples = 40;
  report.status.last_probe = kNow - 3s;
  report.status.last_probe_outcome = Outcome::timeout;
  report.status.next_probe = kNow + 4s;
  report.upstream_class = "cloud";
  report.transport = "udp";
  report.address = "192.0.2.1:53";
  return report;
}

StatusReport report() {
  StatusReport made;
  made.version = "1.2.3";
  made.now = kNow;
  made.wall_now = WallTime(std::chrono::seconds(1'777'890'030));
  made.uptime = 90s;
  made.generation = 2;
  made.listeners = {"127.0.0.1:53"};
  made.workers = 2;
  made.upstreams = {upstream()};
  made.routes = {{".", "public", "ordered", {{"vpc"}, {"a", "b"}}, 2, 1, false, false}};
  made.traffic.cache_hits = 3;
  made.traffic.cache_misses = 1;
  return made;
}

nlohmann::json json_of(const StatusReport& made) {
  return nlohmann::json::parse(status_json(made));
}

TEST(Status, tells_of_each_endpoint_of_a_chain) {
  StatusReport made = report();
  EXPECT_TRUE(json_of(made)["upstreams"][0]["endpoints"].empty());
  EndpointReport endpoint;
  endpoint.name = "rpc-a-2";
  endpoint.provider = "rpc-a";
  endpoint.host = "rpc.example";
  endpoint.trusted = true;
  made.upstreams[0].endpoints = {endpoint};
  auto shown = json_of(made)["upstreams"][0]["endpoints"][0];
  EXPECT_EQ(shown["state"], "unknown");
  for (const char* key : {"asked", "head", "latency", "reverts", "fault"})
    EXPECT_TRUE(shown[key].is_null()) << key;
  endpoint.totals.ended[0][kEndAnswered] = 5;
  endpoint.totals.ended[1][kEndAnswered] = 2;
  endpoint.totals.ended[0][static_cast<std::size_t>(rpc::Fault::rate_limited)] = 1;
  endpoint.totals.minority = 1;
  EndpointView& view = endpoint.totals.view;
  view.told_at = kNow - 2s;
  view.unready = rpc::Unready::no;
  view.head = 195;
  view.head_time = 1'777'890'020;
  view.behind = 1;
  view.latency = 20ms;
  view.score = 0.5;
  view.keeps_revert_data = false;
  endpoint.fault = "rate_limited: HTTP 429";
  made.upstreams[0].endpoints = {endpoint};
  shown = json_of(made)["upstreams"][0]["endpoints"][0];
  EXPECT_EQ(shown["name"], "rpc-a-2");
  EXPECT_EQ(shown["state"], "ready");
  EXPECT_EQ(shown["asked"], 2.0);
  EXPECT_EQ(shown["head"], (nlohmann::json{{"number", 195}, {"age", 10}, {"behind", 1}}));
  EXPECT_EQ(shown["latency"], 0.02);
  EXPECT_EQ(shown["score"], 0.5);
  EXPECT_EQ(shown["reverts"], "stripped");
  EXPECT_EQ(shown["requests"], 8);
  EXPECT_EQ(shown["calls"], 6);
  EXPECT_EQ(shown["answered"], 7);
  EXPECT_EQ(shown["rate_limited"], 1);
  EXPECT_EQ(shown["minority"], 1);
  EXPECT_EQ(shown["fault"], "rate_limited: HTTP 429");
}

TEST(Status, is_one_line) {
  EXPECT_EQ(status_json(report()).find('\n'), std::string::npos);
}

TEST(Status, tells_times_as_ages_in_seconds) {
  const auto json = json_of(report());
  EXPECT_EQ(json["uptime"], 90.0);
  const auto& shown = json["upstreams"][0];
  EXPECT_EQ(shown["since"], 12.0);
  EXPECT_EQ(shown["last_probe"]["age"], 3.0);
  EXPECT_EQ(shown["last_probe"]["outcome"], "timeout");
  EXPECT_EQ(shown["last_probe"]["success"], false);
  EXPECT_EQ(shown["next_probe"], 4.0);
  EXPECT_EQ(shown["cause"], "silent");
  EXPECT_TRUE(shown["fault"].is_null());
  EXPECT_EQ(shown["state"], "down");
  EXPECT_EQ(shown["usable"], false);
  EXPECT_EQ(shown["rank"], "down");
}

TEST(Status, tells_the_timeline_without_the_names_that_clients_asked_for) {
  StatusReport made = report();
  made.timeline.dropped = 4;
  made.timeline.records = {
      {5, made.wall_now, {TimelineKind::hold, ".", "held", "vpc denies it", "secret.example A"}}};
  const auto json = json_of(made);
  EXPECT_EQ(json["timeline"]["dropped"], 4);
  EXPECT_EQ(json["timeline"]["records"][0]["seq"], 5);
  EXPECT_EQ(json["timeline"]["records"][0]["kind"], "hold");
  EXPECT_EQ(json.dump().find("secret.example"), std::string::npos);
}

TEST(Status, tells_of_the_fleet) {
  StatusReport made = report();
  EXPECT_TRUE(json_of(made)["fleet"].is_null());
  FleetReport& fleet = made.fleet.emplace();
  fleet.url = "redis://127.0.0.1:6379/0";
  fleet.up = true;
  fleet.since = kNow - 5s;
  fleet.hits = 3;
  const auto json = json_of(made)["fleet"];
  EXPECT_EQ(json["server"], "redis://127.0.0.1:6379/0");
  EXPECT_EQ(json["up"], true);
  EXPECT_EQ(json["since"], 5.0);
  EXPECT_TRUE(json["fault"].is_null());
  EXPECT_EQ(json["hits"], 3);
}

TEST(Status, what_never_was_is_null) {
  StatusReport made = report();
  auto& status = made.upstreams[0].status;
  status.last_probe_outcome.reset();
  status.next_probe = kForever;
  const auto json = json_of(made);
  EXPECT_TRUE(json["upstreams"][0]["last_probe"].is_null());
  EXPECT_TRUE(json["upstreams"][0]["next_probe"].is_null());
  EXPECT_TRUE(json["upstreams"][0]["forced_for"].is_null());
  EXPECT_TRUE(json["config"]["last_reload_error"].is_null());
}

TEST(Status, a_probe_that_is_due_is_not_in_the_past) {
  StatusReport made = report();
  made.upstreams[0].status.next_probe = kNow - 1s;
  EXPECT_EQ(json_of(made)["upstreams"][0]["next_probe"], 0.0);
}

TEST(Status, the_operators_word_is_the_state) {
  StatusReport made = report();
  made.upstreams[0].status.view.forced = Forced::up;
  made.upstreams[0].status.forced_until = kNow + 60s;
  const auto json = json_of(made);
  EXPECT_EQ(json["upstreams"][0]["state"], "up");
  EXPECT_EQ(json["upstreams"][0]["forced_for"], 60.0);
}

TEST(Status, the_store_is_null_or_told) {
  StatusReport made = report();
  EXPECT_TRUE(json_of(made)["store"].is_null());
  made.store.emplace();
  made.store->path = "/var/lib/holdfast";
  made.store->rows = 7;
  made.store->loading = true;
  const auto store = json_of(made)["store"];
  EXPECT_EQ(store["path"], "/var/lib/holdfast");
  EXPECT_EQ(store["rows"], 7);
  EXPECT_EQ(store["loading"], true);
  EXPECT_EQ(store["up"], false);
}

TEST(Status, hit_ratio_and_tiers) {
  const auto json = json_of(report());
  EXPECT_EQ(json["cache"]["hit_ratio"], 0.75);
  EXPECT_EQ(json["routes"][0]["tiers"][1][1], "b");
  StatusReport idle = report();
  idle.traffic = {};
  EXPECT_EQ(json_of(idle)["cache"]["hit_ratio"], 0.0);
}

TEST(Status, transitions_carry_wall_time) {
  StatusReport made = report();
  made.transitions = {
      {kNow - 30s, UpstreamId{0}, "vpc", HealthState::up, HealthState::suspect, Cause::overdue}};
  const auto event = json_of(made)["transitions"][0];
  EXPECT_EQ(event["at"], "2026-05-04T10:20:00Z");
  EXPECT_EQ(event["age"], 30.0);
  EXPECT_EQ(event["to"], "suspect");
}

TEST(Status, names_that_are_no_utf8_do_not_break_it) {
  StatusReport made = report();
  made.upstreams[0].status.name = "bad\xff";
  EXPECT_TRUE(json_of(made).is_object());
}

}  // namespace
}  // namespace holdfast
