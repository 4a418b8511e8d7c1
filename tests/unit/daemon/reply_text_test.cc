#include "daemon/ctl/reply_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "control/explanation_json.h"
#include "control/reply.h"
#include "control/status.h"
#include "daemon/ctl/harmless.h"
#include "daemon/ctl/units_text.h"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::json;

const Paint kPlain(false);

TEST(UnitsText, ages) {
  EXPECT_EQ(print_age(-1), "0s");
  EXPECT_EQ(print_age(0.9), "0s");
  EXPECT_EQ(print_age(59.9), "59s");
  EXPECT_EQ(print_age(60), "1m");
  EXPECT_EQ(print_age(303), "5m 3s");
  EXPECT_EQ(print_age(2 * 3600 + 13 * 60 + 5), "2h 13m");
  EXPECT_EQ(print_age(3 * 86400 + 4 * 3600), "3d 4h");
}

TEST(UnitsText, times_sizes_counts_ratios) {
  EXPECT_EQ(print_rtt(0.00042), "0.42 ms");
  EXPECT_EQ(print_rtt(0.0123), "12.3 ms");
  EXPECT_EQ(print_rtt(0.128), "128 ms");
  EXPECT_EQ(print_rtt(1.2), "1.20 s");
  EXPECT_EQ(print_bytes(512), "512 B");
  EXPECT_EQ(print_bytes(64.0 * 1024 * 1024), "64 MiB");
  EXPECT_EQ(print_bytes(3.25 * 1024 * 1024), "3.2 MiB");
  EXPECT_EQ(print_count(999), "999");
  EXPECT_EQ(print_count(1234567), "1,234,567");
  EXPECT_EQ(print_percent(1), "100 %");
  EXPECT_EQ(print_percent(0.8734), "87.3 %");
}

TEST(Table, aligns_columns_and_leaves_no_spaces_at_ends) {
  Table table({"NAME", ">COUNT", "NOTE"});
  table.row({{"a"}, {"5"}, {""}});
  table.row({{"longer"}, {"12,345"}, {"é"}});
  EXPECT_EQ(table.print(kPlain),
            "  NAME     COUNT  NOTE\n"
            "  a            5\n"
            "  longer  12,345  é\n");
}

TEST(Table, colour_changes_no_width) {
  Table table({"A", "B"});
  table.row({{"x", Tone::bad}, {"y"}});
  EXPECT_EQ(table.print(Paint(true)),
            "  \033[2mA\033[0m  \033[2mB\033[0m\n"
            "  \033[31mx\033[0m  y\n");
}

StatusReport report() {
  StatusReport made;
  made.version = "1.2.3";
  made.now = TimePoint(1000s);
  made.uptime = 2h + 13min;
  made.config_path = "/etc/holdfast/holdfast.json";
  made.generation = 3;
  made.config_age = 300s;
  made.listeners = {"127.0.0.1:53", "[::1]:53"};
  made.workers = 2;
  made.ready = true;
  made.traffic = {12345, 1, 3, 873, 127, 2, 5};
  made.cache.entries = 1234;
  made.cache.bytes = 3'407'872;
  made.cache_max_bytes = std::size_t{64} * 1024 * 1024;
  made.store.emplace();
  made.store->path = "/var/lib/holdfast";
  made.store->up = true;
  made.store->rows = 4321;
  made.store->bytes = 2'097'152;
  made.store->max_bytes = std::size_t{256} * 1024 * 1024;
  made.routes = {{".", "public", "ordered", {{"vpc"}, {"cloudflare", "quad9"}}, 2, 1, false, false},
                 {"corp.internal", "private", "ordered", {{"vpc"}}, 0, 1, true, false},
                 {"internal", "private", "ordered", {{"vpc"}}, 0, 1, true, true},
                 {"10.in-addr.arpa", "private", "ordered", {{"vpc"}}, 0, 1, true, true}};
  UpstreamReport vpc;
  vpc.status.name = "vpc";
  vpc.status.provider = "aws";
  vpc.status.view.state = HealthState::down;
  vpc.status.since = TimePoint(988s);
  vpc.status.cause = Cause::silent;
  vpc.status.good_ratio = 0.42;
  vpc.status.samples = 50;
  vpc.status.last_probe = TimePoint(997s);
  vpc.status.last_probe_outcome = Outcome::timeout;
  vpc.status.next_probe = TimePoint(1004s);
  vpc.exchanges = 10042;
  UpstreamReport quad9;
  quad9.status.name = "quad9";
  quad9.status.provider = "quad9";
  quad9.status.since = TimePoint(10s);
  quad9.status.view.measured = true;
  quad9.status.view.srtt = 11ms;
  quad9.status.view.p95 = 20ms;
  quad9.status.view.p99 = 128ms;
  quad9.status.view.forced = Forced::up;
  quad9.status.forced_until = TimePoint(1060s);
  made.upstreams = {vpc, quad9};
  made.transitions = {{TimePoint(988s), UpstreamId{0}, "vpc", HealthState::suspect,
                       HealthState::down, Cause::silent}};
  return made;
}

TEST(StatusText, tells_what_is_wrong_with_the_store) {
  StatusReport made = report();
  const auto text = [&made] { return print_status(Json::parse(status_json(made)), kPlain); };
  made.store->up = false;
  made.store->loading = true;
  made.store->set_aside = 1;
  EXPECT_NE(
      text().find("at /var/lib/holdfast, loading, NOT WRITTEN, see the log, 1 damaged file(s) "
                  "set aside\n"),
      std::string::npos)
      << text();
  made.store.reset();
  EXPECT_NE(text().find("  store      none: memory only\n"), std::string::npos);
}

TEST(StatusText, tells_of_the_drill_that_runs_and_of_what_is_held) {
  StatusReport made = report();
  made.holds = 2;
  DrillReport drill;
  drill.id = 3;
  drill.plan.order.provider = "aws";
  drill.plan.order.mode = DrillMode::servfail;
  drill.plan.order.percent = 50;
  drill.plan.order.route = "corp.internal";
  drill.ends = WallTime(1000s);
  drill.during.counted.seen = 10;
  drill.during.counted.spoiled = 4;
  made.drills = {drill};
  const std::string text = print_status(Json::parse(status_json(made)), kPlain);
  EXPECT_NE(text.find("\n  held       2 names are answered although a provider says the record is "
                      "gone; holdfastctl holds\n"
                      "  drill      3 of aws, servfail at 50 % on route corp.internal, runs until "
                      "1970-01-01T00:16:40.000Z, 4 of 10 exchanges spoiled; "
                      "holdfastctl drill stop\n"),
            std::string::npos)
      << text;
}

TEST(StatusText, tells_why_tls_fails) {
  StatusReport made = report();
  made.upstreams[0].fault = "the certificate is refused: certificate has expired";
  const std::string text = print_status(Json::parse(status_json(made)), kPlain);
  EXPECT_NE(text.find("\n  vpc fails: the certificate is refused: certificate has expired\n"),
            std::string::npos)
      << text;
}

TEST(StatusText, is_this) {
  const std::string expected =
      "holdfast 1.2.3, running for 2h 13m, ready\n"
      "  config     /etc/holdfast/holdfast.json, generation 3, taken 5m ago\n"
      "  listening  127.0.0.1:53, [::1]:53 (2 workers)\n"
      "  queries    12,345, 1 failed, 3 shed, 2 in flight, 5 saved by failover\n"
      "  cache      1,234 entries, 3.2 MiB of 64 MiB, 87.3 % hits\n"
      "  store      4,321 answers, 2 MiB of 256 MiB at /var/lib/holdfast\n"
      "\n"
      "  ROUTE          VISIBILITY  POLICY   USABLE             TIERS\n"
      "  .              public      ordered  2                  vpc > cloudflare, quad9\n"
      "  corp.internal  private     ordered  0, PANIC: below 1  vpc\n"
      "  2 built-in private zones: vpc\n"
      "\n"
      "  UPSTREAM  PROVIDER  STATE                     FOR  WHY     SHARE  GOOD"
      "  RTT MEAN / P95 / P99        LAST PROBE       NEXT    ASKED\n"
      "  vpc       aws       down                      12s  silent      -  42 %"
      "  -                           timeout, 3s ago  in 4s  10,042\n"
      "  quad9     quad9     up (forced, 1m left)  16m 30s  start   100 %     -"
      "  11.0 ms / 20.0 ms / 128 ms  -                -           0\n"
      "\n"
      "  AGO  UPSTREAM  FROM     TO    WHY\n"
      "  12s  vpc       suspect  down  silent\n";
  EXPECT_EQ(print_status(Json::parse(status_json(report())), kPlain), expected);
}

TEST(StatusText, has_a_line_for_each_endpoint_of_a_chain) {
  StatusReport made = report();
  EndpointReport good;
  good.name = good.provider = "own-node";
  good.host = "127.0.0.1";
  good.trusted = true;
  good.totals.ended[0][kEndAnswered] = 1234;
  good.totals.ended[1][kEndAnswered] = 66;
  good.totals.view.told_at = TimePoint(990s);
  good.totals.view.unready = rpc::Unready::no;
  good.totals.view.head = 195;
  good.totals.view.latency = 21ms;
  good.totals.view.score = 1;
  EndpointReport bad;
  bad.name = bad.provider = "rpc-a";
  bad.host = "rpc.example";
  bad.totals.minority = 2;
  bad.totals.view.unready = rpc::Unready::failing;
  bad.totals.view.keeps_revert_data = false;
  bad.fault = "timed_out: no reply within a second";
  made.upstreams[0].endpoints = {good, bad};
  made.wall_now = WallTime(1000s);
  made.upstreams[0].endpoints[0].totals.view.head_time = 990;
  const std::string text = print_status(Json::parse(status_json(made)), kPlain);
  const std::string expected =
      "\n"
      "  ENDPOINT            OF   HOST         STATE    SCORE  NEWEST BLOCK  LATENCY  CALLS    ALL"
      "  ANSWERED  429  OUTVOTED\n"
      "  own-node (trusted)  vpc  127.0.0.1    ready    100 %  195, 10s old  21.0 ms  1,234  1,300"
      "     1,300    0         0\n"
      "  rpc-a               vpc  rpc.example  failing    0 %  -                   -      0      0"
      "         0    0         2\n"
      "  rpc-a: strips the data of reverts: what needs them is asked of others\n"
      "  rpc-a: timed_out: no reply within a second\n";
  EXPECT_NE(text.find(expected), std::string::npos) << text;
}

TEST(StatusText, tells_of_the_fleet) {
  StatusReport made = report();
  FleetReport& fleet = made.fleet.emplace();
  fleet.url = "rediss://cache.example:6379/0";
  fleet.since = TimePoint(940s);
  fleet.fault = "Connection refused";
  fleet.published = 1234;
  fleet.reads = 14;
  fleet.hits = 12;
  fleet.rejected = 1;
  EXPECT_NE(print_status(Json::parse(status_json(made)), kPlain)
                .find("  fleet      rediss://cache.example:6379/0, not connected for 1m: "
                      "Connection refused\n"
                      "             1,234 published, 12 of 14 reads found, 1 rejected\n"),
            std::string::npos);
  fleet.up = true;
  fleet.fault = "";
  EXPECT_NE(print_status(Json::parse(status_json(made)), kPlain).find(", connected for 1m\n"),
            std::string::npos);
}

TEST(StatusText, tells_a_refused_reload) {
  StatusReport made = report();
  made.last_reload_error = "the new configuration has mistakes";
  const std::string text = print_status(Json::parse(status_json(made)), kPlain);
  EXPECT_NE(text.find("last reload refused: the new configuration has mistakes"),
            std::string::npos);
}

TEST(WhyText, tells_the_whole_way) {
  Explanation explanation;
  explanation.question = "www.example.org A";
  explanation.route = ".";
  explanation.visibility = "public";
  explanation.policy = "ordered";
  explanation.held = "nothing";
  ExplainedCandidate down{"vpc", "aws", 0, {}};
  down.view.state = HealthState::down;
  explanation.candidates = {down, {"quad9", "quad9", 1, {}}};
  explanation.exchanges = {{"quad9", "quad9", ExchangeReason::first, TransportKind::udp, 0ms,
                            Duration(12'300'000), Outcome::positive}};
  explanation.source = AnswerSource::fresh;
  explanation.rcode = dns::Rcode::noerror;
  explanation.took = Duration(12'400'000);
  explanation.reply = {0, 1,    0x81, 0x80, 0, 1, 0, 1, 0, 0, 0,  0, 1, 'a', 0, 0, 1, 0,
                       1, 0xc0, 12,   0,    1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1};
  const std::string expected =
      "www.example.org A\n"
      "  route    .  (public, ordered)\n"
      "  cached   nothing\n"
      "\n"
      "  CANDIDATE  PROVIDER  ORDER  RANK   TIER  STATE  P95  SHARE\n"
      "  vpc        aws           2  down      1  down     -      -\n"
      "  quad9      quad9         1  sound     2  up       -  100 %\n"
      "\n"
      "  EXCHANGE  PROVIDER  WHY    OVER  SENT AT     TOOK  OUTCOME\n"
      "  quad9     quad9     first  udp   0.00 ms  12.3 ms  positive\n"
      "\n"
      "  answer   NOERROR, source fresh, after 12.4 ms\n"
      "\n"
      "  RECORD  TTL  TYPE  RDATA\n"
      "  a       300  A     192.0.2.1\n";
  EXPECT_EQ(print_why(Json::parse(explanation_json(explanation)), kPlain), expected);
}

TEST(WhyText, tells_what_a_chain_said) {
  using Part = ChainTrail::Voice::Part;
  auto trail = std::make_shared<ChainTrail>();
  trail->block = 195;
  trail->block_hash = "0x7252";
  trail->resolver = "0xabcd";
  trail->zone = "dns.eth.";
  const TimePoint began{1h};
  trail->calls = {{"findResolver",
                   "0xeeee",
                   2,
                   {{"rpc-a", began, began + 20ms, Part::believed, "96 bytes"},
                    {"rpc-b", began, began + 25ms, Part::believed, "96 bytes"},
                    {"rpc-c", began + 22ms, kForever, Part::unheard, ""}}},
                  {"resolve",
                   "0xeeee",
                   2,
                   {{"rpc-a", began + 25ms, began + 45ms, Part::failed, "refused: no"}}}};
  trail->fetches = {{"https://gateway.example", began + 30ms, began + 40ms, "data"},
                    {"https://gateway.example", began + 30ms, kForever, ""}};
  Explanation explanation;
  explanation.question = "dns.eth A";
  explanation.route = "eth";
  explanation.held = "nothing";
  explanation.began = began;
  explanation.exchanges = {{"ens", "ethereum", ExchangeReason::first, TransportKind::rpc, 0ms,
                            std::nullopt, std::nullopt, trail}};
  const std::string text = print_why(Json::parse(explanation_json(explanation)), kPlain);
  const std::string expected =
      "\n"
      "  chain    ens, block 195 0x7252\n"
      "  resolver 0xabcd of dns.eth.\n"
      "\n"
      "  CALL          CONTRACT  AGREED  ENDPOINT  SENT AT     TOOK  PART      SAID\n"
      "  findResolver  0xeeee    2 of 2  rpc-a     0.00 ms  20.0 ms  believed  96 bytes\n"
      "                                  rpc-b     0.00 ms  25.0 ms  believed  96 bytes\n"
      "                                  rpc-c     22.0 ms        -  unheard\n"
      "  resolve       0xeeee    0 of 2  rpc-a     25.0 ms  20.0 ms  failed    refused: no\n"
      "\n"
      "  GATEWAY                  SENT AT     TOOK  SAID\n"
      "  https://gateway.example  30.0 ms  10.0 ms  data\n"
      "  https://gateway.example  30.0 ms        -  still waiting\n";
  EXPECT_NE(text.find(expected), std::string::npos) << text;
  trail->block_hash.clear();
  trail->resolver.clear();
  trail->calls.clear();
  const std::string nothing = print_why(Json::parse(explanation_json(explanation)), kPlain);
  EXPECT_NE(nothing.find("  chain    ens, no block is known\n  resolver none found\n"
                         "\n  no endpoint was asked\n"),
            std::string::npos)
      << nothing;
}

TEST(ReplyText, failures_and_small_replies) {
  EXPECT_EQ(print_failure(Json::parse(failure_reply(Failure::refused, "no", {"because"}))),
            "no\n  because\n");
  Request flush;
  flush.command = Command::flush;
  flush.zone = true;
  flush.question.name = *dns::Name::parse("example.org");
  EXPECT_EQ(print_reply(flush, Json::parse(R"({"ok":true,"dropped":1})"), kPlain),
            "1 entry at and below example.org dropped\n");
  Request force;
  force.command = Command::force_down;
  force.duration = 10min;
  EXPECT_EQ(print_reply(force, Json::parse(R"({"ok":true,"upstream":"vpc"})"), kPlain),
            "vpc: forced down for 600s\n");
}

TEST(ReplyText, no_name_steers_the_terminal) {
  const std::string evil =
      "\x1B[2J\x1B]0;pwned\x07\xC2\x9B"
      "2J\xE2\x80\xAE"
      "a\r\nok";
  StatusReport made = report();
  made.config_path = evil;
  made.last_reload_error = evil;
  made.routes[0].zone = evil;
  made.upstreams[0].status.name = evil;
  made.upstreams[0].fault = evil;
  Request request;
  request.command = Command::status;
  const std::string text = print_reply(request, Json::parse(status_json(made)), kPlain);
  const std::string tame = "?[2J?]0;pwned??2J?a??ok";
  std::size_t seen = 0;
  for (auto at = text.find(tame); at != std::string::npos; at = text.find(tame, at + 1))
    ++seen;
  EXPECT_GE(seen, 5U) << text;
  for (const char* steering : {"\x1B", "\x07", "\xC2\x9B", "\xE2\x80\xAE", "\r"})
    EXPECT_EQ(text.find(steering), std::string::npos);
  EXPECT_EQ(print_failure(Json::parse(failure_reply(Failure::refused, evil, {evil}))),
            tame + "\n  " + tame + "\n");
  request.command = Command::audit;
  const Json found{{"severity", "error"}, {"title", evil},  {"rule", "r"},   {"file", evil},
                   {"pointer", evil},     {"reason", evil}, {"remedy", evil}};
  const Json counts{{"error", 1}, {"warning", 0}, {"note", 0}};
  const Json audit{{"file", evil}, {"findings", {found}}, {"counts", counts}};
  EXPECT_EQ(print_reply(request, audit, kPlain).find('\x1B'), std::string::npos);
}

TEST(ReplyText, names_of_the_world_stay_as_they_are) {
  EXPECT_EQ(harmless("münchen 日本 ☎ \xC2\xA0"), "münchen 日本 ☎ \xC2\xA0");
  EXPECT_EQ(harmless("\xE2\x80"), "\xE2\x80");
  EXPECT_EQ(harmless(""), "");
}

TEST(ReplyText, a_reply_of_another_version_throws) {
  EXPECT_THROW((void)print_status(Json::parse(R"({"ok":true})"), kPlain),
               nlohmann::json::exception);
}

}  // namespace
}  // namespace holdfast::ctl
