#include "control/reply.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "control/explanation_json.h"

namespace holdfast {
namespace {

using Json = nlohmann::json;

TEST(Reply, a_failure_has_kind_error_and_details) {
  const auto json = Json::parse(failure_reply(Failure::forbidden, "not you", {"a", "b"}));
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["kind"], "forbidden");
  EXPECT_EQ(json["error"], "not you");
  EXPECT_EQ(json["details"].size(), 2);
}

TEST(Reply, a_taken_reload_tells_what_waits) {
  ReloadReport report;
  report.taken = true;
  report.generation = 4;
  report.restart = {"listen"};
  const auto json = Json::parse(reload_reply(report));
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["generation"], 4);
  EXPECT_EQ(json["restart"][0], "listen");
}

TEST(Reply, a_refused_reload_tells_why) {
  ReloadReport report;
  report.kind = Failure::bad_config;
  report.error = "mistakes";
  report.details = {"/routes/0: no upstream x"};
  report.generation = 3;
  const auto json = Json::parse(reload_reply(report));
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["kind"], "bad-config");
  EXPECT_EQ(json["generation"], 3);
  EXPECT_EQ(json["details"][0], "/routes/0: no upstream x");
}

TEST(Reply, a_check_lists_everything) {
  LoadedConfig loaded;
  loaded.errors = {{"f.json", "/a", "wrong"}, {"f.json", "/b", "worse"}};
  loaded.warnings = {{"f.json", "/c", "odd"}};
  const auto json = Json::parse(check_reply(loaded, "f.json"));
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["kind"], "bad-config");
  EXPECT_EQ(json["errors"].size(), 2);
  EXPECT_EQ(json["warnings"][0]["message"], "odd");
  const std::string text = check_text(loaded, "f.json");
  EXPECT_NE(text.find("f.json: /a: wrong\n"), std::string::npos) << text;
  EXPECT_NE(text.find("warning: f.json: /c: odd\n"), std::string::npos) << text;
  EXPECT_NE(text.find("f.json: 2 mistakes\n"), std::string::npos) << text;
}

TEST(Reply, a_clean_check_says_ok) {
  const auto json = Json::parse(check_reply({}, "f.json"));
  EXPECT_EQ(json["ok"], true);
  EXPECT_FALSE(json.contains("kind"));
  EXPECT_EQ(check_text({}, "f.json"), "f.json: ok\n");
}

TEST(Explanation, tells_exchanges_and_answer) {
  Explanation explanation;
  explanation.question = "www.example.org A";
  explanation.route = ".";
  explanation.candidates = {{"vpc", "aws", 0, {}}};
  explanation.exchanges = {
      {"vpc", "aws", ExchangeReason::first, TransportKind::udp, 0ms, 250ms, Outcome::timeout},
      {"quad9", "quad9", ExchangeReason::hedge, TransportKind::tcp, 100ms, {}, {}}};
  explanation.source = AnswerSource::failure;
  explanation.ede = dns::EdeCode::no_reachable_authority;
  const auto json = Json::parse(explanation_json(explanation));
  EXPECT_EQ(json["exchanges"][0]["outcome"], "timeout");
  EXPECT_EQ(json["exchanges"][0]["ended"], 0.25);
  EXPECT_EQ(json["exchanges"][1]["reason"], "hedge");
  EXPECT_EQ(json["exchanges"][1]["transport"], "tcp");
  EXPECT_TRUE(json["exchanges"][1]["ended"].is_null());
  EXPECT_EQ(json["candidates"][0]["tier"], 0);
  EXPECT_EQ(json["answer"]["rcode"], "SERVFAIL");
  EXPECT_EQ(json["answer"]["ede"]["code"], 22);
  EXPECT_TRUE(json["answer"]["records"].empty());
}

TEST(Explanation, scores_candidates_as_the_selector_takes_them) {
  Explanation explanation;
  const auto add = [&](unsigned tier, HealthState state, Forced forced = Forced::automatic) {
    ExplainedCandidate candidate{
        "u" + std::to_string(explanation.candidates.size()), "p", tier, {}};
    candidate.view.state = state;
    candidate.view.forced = forced;
    explanation.candidates.push_back(candidate);
  };
  add(0, HealthState::down);
  add(0, HealthState::suspect);
  add(0, HealthState::up, Forced::down);
  add(1, HealthState::recovering);
  add(1, HealthState::up);
  const auto scores = [&] {
    std::string text;
    const auto json = Json::parse(explanation_json(explanation));
    for (const auto& candidate : json["candidates"]) {
      text += candidate["score"]["rank"].get<std::string>() + candidate["score"]["order"].dump();
      text += ' ';
    }
    return text;
  };
  EXPECT_EQ(scores(), "down4 doubtful3 nevernull trial2 sound1 ");
}

}  // namespace
}  // namespace holdfast
