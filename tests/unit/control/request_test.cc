#include "control/request.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

Request parsed(const std::string& line) {
  auto result = parse_request(line);
  if (const auto* error = std::get_if<std::string>(&result)) {
    ADD_FAILURE() << line << ": " << *error;
    return {};
  }
  return std::get<Request>(result);
}

std::string refused(const std::string& line) {
  auto result = parse_request(line);
  EXPECT_TRUE(std::holds_alternative<std::string>(result)) << line;
  return std::holds_alternative<std::string>(result) ? std::get<std::string>(result) : "";
}

TEST(Request, each_command_has_its_arguments) {
  EXPECT_EQ(parsed(R"({"command":"status"})").command, Command::status);
  const Request why = parsed(R"({"command":"why","name":"www.example.org","type":"aaaa"})");
  EXPECT_EQ(why.question.to_string(), "www.example.org AAAA");
  EXPECT_EQ(parsed(R"({"command":"why","name":"x.test"})").question.type, dns::RrType::a);
  const Request down = parsed(R"({"command":"force-down","upstream":"vpc","for":"10m"})");
  EXPECT_EQ(down.upstream, "vpc");
  EXPECT_EQ(down.duration, 10min);
  EXPECT_FALSE(parsed(R"({"command":"force-up","upstream":"vpc"})").duration);
  const Request flush = parsed(R"({"command":"flush","name":"example.org","zone":true})");
  EXPECT_TRUE(flush.zone);
  EXPECT_TRUE(parsed(R"({"command":"reload","force":true})").force);
  EXPECT_FALSE(parsed(R"({"command":"reload"})").force);
  EXPECT_EQ(parsed(R"({"command":"log-level","level":"debug"})").log_level, LogLevel::debug);
}

TEST(Request, a_part_of_the_timeline_can_be_asked_for) {
  const Request all = parsed(R"({"command":"timeline"})");
  EXPECT_FALSE(all.timeline.kind || all.timeline.past || all.timeline.since);
  const Request some =
      parsed(R"({"command":"timeline","kind":"failover","since":"10m","after":7})");
  EXPECT_EQ(some.timeline.kind, TimelineKind::failover);
  EXPECT_EQ(some.timeline.past, 10min);
  EXPECT_EQ(some.timeline.after, 7U);
  EXPECT_EQ(parsed(print_request(some)).timeline.past, 10min);
  const Request moment = parsed(R"({"command":"timeline","since":"2026-05-04T10:20:30Z"})");
  ASSERT_TRUE(moment.timeline.since);
  EXPECT_EQ(parsed(print_request(moment)).timeline.since, moment.timeline.since);
  EXPECT_FALSE(moment.changes_state());
  EXPECT_NE(refused(R"({"command":"timeline","kind":"weather"})").find("resolv_conf"),
            std::string::npos);
  EXPECT_NE(refused(R"({"command":"timeline","since":"noon"})").find("noon"), std::string::npos);
  EXPECT_NE(refused(R"({"command":"timeline","after":"x"})").find("after"), std::string::npos);
}

TEST(Request, drills_are_ordered_with_all_their_words) {
  const Request start = parsed(
      R"({"command":"drill","action":"start","provider":"aws","mode":"loss","percent":"30",)"
      R"("for":"5min","route":"corp.internal","abort_above":"2.5","delay":"1s","force":true})");
  for (const Request& read : {start, parsed(print_request(start))}) {
    const DrillOrder& order = read.drill.order;
    EXPECT_EQ(order.provider, "aws");
    EXPECT_EQ(order.mode, DrillMode::loss);
    EXPECT_EQ(order.percent, 30U);
    EXPECT_EQ(order.length, 5min);
    EXPECT_EQ(order.route, "corp.internal");
    EXPECT_EQ(order.abort_above, 2.5);
    EXPECT_EQ(order.delay, 1s);
    EXPECT_TRUE(order.force);
    EXPECT_TRUE(read.changes_state());
  }
  EXPECT_EQ(parsed(R"({"command":"drill","action":"stop","id":7})").drill.id, 7U);
  EXPECT_TRUE(parsed(R"({"command":"drill","action":"stop"})").changes_state());
  EXPECT_FALSE(parsed(R"({"command":"drill","action":"list"})").changes_state());
  EXPECT_FALSE(parsed(R"({"command":"drill","action":"report"})").changes_state());
  EXPECT_FALSE(parsed(R"({"command":"drill","action":"start","dry_run":true})").changes_state());
  EXPECT_NE(refused(R"({"command":"drill","action":"pause"})").find("pause"), std::string::npos);
  EXPECT_NE(refused(R"({"command":"drill","action":"start","mode":"flood"})").find("servfail"),
            std::string::npos);
  EXPECT_NE(refused(R"({"command":"drill","action":"start","percent":-1})").find("percentage"),
            std::string::npos);
  EXPECT_NE(refused(R"({"command":"drill","action":"start","for":"soon"})").find("soon"),
            std::string::npos);
  EXPECT_NE(refused(R"({"command":"drill","action":"stop","id":"x"})").find("number"),
            std::string::npos);
}

TEST(Request, says_what_is_wrong) {
  EXPECT_NE(refused("").find("one JSON object"), std::string::npos);
  EXPECT_NE(refused("[]").find("one JSON object"), std::string::npos);
  EXPECT_NE(refused(R"({"command":"status")").find("one JSON object"), std::string::npos);
  EXPECT_NE(refused(R"({"command":"stauts"})").find("stauts"), std::string::npos);
  EXPECT_NE(refused(R"({"command":7})").find("unknown command"), std::string::npos);
  EXPECT_NE(refused(R"({"command":"why"})").find("name"), std::string::npos);
  EXPECT_NE(refused(R"({"command":"why","name":"a..b"})").find("a..b"), std::string::npos);
  EXPECT_NE(refused(R"({"command":"why","name":"a","type":"NOPE"})").find("NOPE"),
            std::string::npos);
  EXPECT_NE(refused(R"({"command":"why","name":"a","type":"ANY"})").find("ANY"), std::string::npos);
  EXPECT_NE(refused(R"({"command":"force-up"})").find("upstream"), std::string::npos);
  EXPECT_NE(refused(R"({"command":"force-up","upstream":"v","for":"10"})").find("10m"),
            std::string::npos);
  EXPECT_NE(refused(R"({"command":"force-up","upstream":"v","for":"0s"})").find("duration"),
            std::string::npos);
  EXPECT_NE(refused(R"({"command":"log-level","level":"loud"})").find("warning"),
            std::string::npos);
}

TEST(Request, survives_hostile_lines) {
  EXPECT_FALSE(refused(std::string(60'000, '[')).empty());
  EXPECT_FALSE(refused("\xff\xfe{}").empty());
  EXPECT_FALSE(refused("{\"command\":\"\xff\"}").empty());
  EXPECT_FALSE(refused(std::string("{\"command\":\"why\",\"name\":\"\0\"}", 29)).empty());
}

TEST(Request, prints_what_it_reads) {
  for (const char* line :
       {R"({"command":"status"})", R"({"command":"why","name":"www.example.org","type":"MX"})",
        R"({"command":"force-down","upstream":"vpc","for":"90s"})",
        R"({"command":"force-auto","upstream":"vpc"})",
        R"({"command":"flush","name":"example.org","zone":true})",
        R"({"command":"reload","force":true})", R"({"command":"check-config"})",
        R"({"command":"audit"})", R"({"command":"audit","simulate":true})",
        R"({"command":"log-level","level":"debug"})", R"({"command":"log-level"})",
        R"({"command":"sign"})", R"({"command":"sign","name":"a.test."})"}) {
    const Request request = parsed(line);
    const Request again = parsed(print_request(request));
    EXPECT_EQ(again.command, request.command) << line;
    EXPECT_EQ(again.question, request.question) << line;
    EXPECT_EQ(again.upstream, request.upstream) << line;
    EXPECT_EQ(again.duration, request.duration) << line;
    EXPECT_EQ(again.log_level, request.log_level) << line;
    EXPECT_EQ(again.zone, request.zone) << line;
    EXPECT_EQ(again.force, request.force) << line;
  }
}

TEST(Request, what_changes_state_is_known) {
  EXPECT_FALSE(parsed(R"({"command":"status"})").changes_state());
  EXPECT_FALSE(parsed(R"({"command":"why","name":"a"})").changes_state());
  EXPECT_FALSE(parsed(R"({"command":"check-config"})").changes_state());
  EXPECT_FALSE(parsed(R"({"command":"audit"})").changes_state());
  EXPECT_TRUE(parsed(R"({"command":"audit","simulate":true})").changes_state());
  EXPECT_FALSE(parsed(R"({"command":"log-level"})").changes_state());
  EXPECT_TRUE(parsed(R"({"command":"sign"})").changes_state()) << "who asks for it seems to be us";
  EXPECT_TRUE(parsed(R"({"command":"log-level","level":"info"})").changes_state());
  EXPECT_TRUE(parsed(R"({"command":"force-up","upstream":"v"})").changes_state());
  EXPECT_TRUE(parsed(R"({"command":"force-down","upstream":"v"})").changes_state());
  EXPECT_TRUE(parsed(R"({"command":"force-auto","upstream":"v"})").changes_state());
  EXPECT_TRUE(parsed(R"({"command":"flush","name":"a"})").changes_state());
  EXPECT_TRUE(parsed(R"({"command":"reload"})").changes_state());
}

}  // namespace
}  // namespace holdfast
