#include "daemon/ctl/arguments.h"

#include <gtest/gtest.h>

namespace holdfast::ctl {
namespace {

std::variant<Arguments, Exit> parse(std::vector<const char*> words, const char* socket = nullptr) {
  words.insert(words.begin(), "holdfastctl");
  return parse_arguments(static_cast<int>(words.size()), words.data(), socket);
}

Arguments good(std::vector<const char*> words, const char* socket = nullptr) {
  const auto parsed = parse(std::move(words), socket);
  if (const auto* arguments = std::get_if<Arguments>(&parsed)) return *arguments;
  ADD_FAILURE() << "refused";
  return {};
}

Exit refused(std::vector<const char*> words) {
  testing::internal::CaptureStderr();
  const auto parsed = parse(std::move(words));
  EXPECT_FALSE(testing::internal::GetCapturedStderr().empty());
  EXPECT_TRUE(std::holds_alternative<Exit>(parsed));
  return std::holds_alternative<Exit>(parsed) ? std::get<Exit>(parsed) : Exit::ok;
}

TEST(Arguments, commands) {
  EXPECT_EQ(good({"status"}).request.command, Command::status);
  EXPECT_EQ(good({"why", "www.example.org", "MX"}).request.question.to_string(),
            "www.example.org MX");
  EXPECT_EQ(good({"force-down", "vpc", "--for", "10m"}).request.duration, 10min);
  EXPECT_TRUE(good({"flush", "--zone", "example.org"}).request.zone);
  EXPECT_TRUE(good({"reload", "--force"}).request.force);
  EXPECT_EQ(good({"check-config", "/etc/x.json"}).file, "/etc/x.json");
  EXPECT_EQ(good({"log-level", "debug"}).request.log_level, LogLevel::debug);
}

TEST(Arguments, timeline) {
  const Arguments some = good({"timeline", "--kind", "failover", "--since", "10m", "--follow"});
  EXPECT_EQ(some.request.timeline.kind, TimelineKind::failover);
  EXPECT_EQ(some.request.timeline.past, 10min);
  EXPECT_TRUE(some.follow);
  EXPECT_EQ(refused({"timeline", "--kind", "weather"}), Exit::usage);
  EXPECT_EQ(refused({"timeline", "--since", "noon"}), Exit::usage);
}

TEST(Arguments, takeover_and_giveback_are_done_here) {
  const Arguments take =
      good({"takeover", "--dry-run", "--verify", "a.example", "--verify", "b.example"});
  ASSERT_TRUE(take.takeover);
  EXPECT_TRUE(take.takeover->dry_run);
  EXPECT_FALSE(take.takeover->give_back);
  EXPECT_EQ(take.takeover->verify, (std::vector<std::string>{"a.example", "b.example"}));
  const Arguments give = good({"giveback", "--until-start"});
  ASSERT_TRUE(give.takeover);
  EXPECT_TRUE(give.takeover->give_back && give.takeover->until_start);
  EXPECT_EQ(refused({"giveback", "--verify", "a.example"}), Exit::usage);
  EXPECT_FALSE(give.takeover->json);
  EXPECT_TRUE(good({"giveback", "--json"}).takeover->json);
  EXPECT_TRUE(good({"--json", "takeover"}).takeover->json);
}

TEST(Arguments, an_audit_is_done_here) {
  const Arguments file = good({"audit", "--simulate", "/etc/x.json", "--json"});
  ASSERT_TRUE(file.audit);
  EXPECT_EQ(file.audit->file, "/etc/x.json");
  EXPECT_TRUE(file.audit->simulate && file.audit->json);
  const Arguments in_force = good({"audit"});
  ASSERT_TRUE(in_force.audit);
  EXPECT_TRUE(in_force.audit->file.empty());
  EXPECT_FALSE(in_force.audit->simulate || in_force.audit->json);
}

TEST(Arguments, options_stand_before_or_behind_the_command) {
  EXPECT_TRUE(good({"--json", "status"}).json);
  EXPECT_TRUE(good({"status", "--json"}).json);
  EXPECT_EQ(good({"status", "--socket", "/tmp/s"}).socket, "/tmp/s");
}

TEST(Arguments, the_socket_by_default_environment_and_option) {
  EXPECT_EQ(good({"status"}).socket, kDefaultSocket);
  EXPECT_EQ(good({"status"}, "/tmp/e").socket, "/tmp/e");
  EXPECT_EQ(good({"status"}, "").socket, kDefaultSocket);
  EXPECT_EQ(good({"--socket", "/tmp/o", "status"}, "/tmp/e").socket, "/tmp/o");
}

TEST(Arguments, names_of_ens_need_no_daemon) {
  EXPECT_EQ(good({"ens", "normalize", "A.eth"}).ens->name, "A.eth");
  EXPECT_EQ(good({"ens", "normalize", "A.eth"}).ens->print, EnsNames::Print::name);
  EXPECT_EQ(good({"ens", "namehash", "A.eth"}).ens->print, EnsNames::Print::node);
  EXPECT_EQ(good({"ens", "namehash", "A.eth", "--json"}).ens->print, EnsNames::Print::both);
  EXPECT_TRUE(good({"ens", "normalize", "--stdin"}).from_stdin);
  EXPECT_TRUE(good({"ens", "namehash", ""}).ens->name.empty());
  EXPECT_EQ(refused({"ens"}), Exit::usage);
  EXPECT_EQ(refused({"ens", "normalize"}), Exit::usage);
  EXPECT_EQ(refused({"ens", "normalize", "a.eth", "--stdin"}), Exit::usage);
  EXPECT_EQ(refused({"ens", "resolve", "a.eth"}), Exit::usage);
}

TEST(Arguments, plans_and_comparisons_need_no_daemon) {
  const auto plan = good({"ens", "publish-plan", "zone", "--name", "a.eth", "--clear", "--max-gas",
                          "5000000", "--json"});
  EXPECT_EQ(plan.publish->file, "zone");
  EXPECT_EQ(plan.publish->name, "a.eth");
  EXPECT_EQ(plan.publish->max_gas, 5'000'000U);
  EXPECT_TRUE(plan.publish->clear && plan.publish->json && !plan.publish->offline);
  const auto check = good({"ens", "check", "example.com", "www.example.com", "--file", "zone"});
  EXPECT_EQ(check.compare->zone, "example.com");
  EXPECT_EQ(check.compare->names, std::vector<std::string>{"www.example.com"});
  EXPECT_EQ(check.compare->file, "zone");
  EXPECT_EQ(refused({"ens", "publish-plan", "zone"}), Exit::usage);
  EXPECT_EQ(refused({"ens", "publish-plan", "--name", "a.eth"}), Exit::usage);
  EXPECT_EQ(refused({"ens", "publish-plan", "zone", "--name", "a", "--max-gas", "x"}), Exit::usage);
  EXPECT_EQ(refused({"ens", "check"}), Exit::usage);
}

TEST(Arguments, wrong_usage_is_2) {
  EXPECT_EQ(refused({}), Exit::usage);
  EXPECT_EQ(refused({"stauts"}), Exit::usage);
  EXPECT_EQ(refused({"why"}), Exit::usage);
  EXPECT_EQ(refused({"why", "a", "NOPE"}), Exit::usage);
  EXPECT_EQ(refused({"force-down", "vpc", "--for", "ten"}), Exit::usage);
  EXPECT_EQ(refused({"force-auto", "vpc", "--for", "10m"}), Exit::usage);
  EXPECT_EQ(refused({"log-level", "loud"}), Exit::usage);
  EXPECT_EQ(refused({"status", "--no-such"}), Exit::usage);
}

}  // namespace
}  // namespace holdfast::ctl
