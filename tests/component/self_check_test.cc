#include "net/self_check.h"

#include <filesystem>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "tests/support/fake_upstream.h"

namespace holdfast::test {
namespace {

FakeReply drop(const FakeQuery&) {
  return {};
}

FakeReply deny(const FakeQuery& query) {
  return {.messages = {reply_to(query, dns::Rcode::nxdomain)}};
}

class SelfCheckTest : public testing::Test {
 protected:
  ~SelfCheckTest() override {
    check.close();
    loop.drain();
  }

  /// Asks, and waits for what becomes of it.
  SelfCheck::Counts ask() {
    const auto before = check.counts();
    check.ask();
    EXPECT_TRUE(run_until(loop, [&] {
      const auto now = check.counts();
      return now.answered + now.unanswered == before.answered + before.unanswered + 1;
    }));
    return check.counts();
  }

  EventLoop loop;
  FakeUpstream listener{loop, deny};
  SelfCheck check{loop, {listener.endpoint()}, 1};
};

TEST_F(SelfCheckTest, AnyAnswerCountsAndEachQuestionHasAPortOfItsOwn) {
  for (int i = 0; i < 5; ++i)
    (void)ask();
  EXPECT_EQ(check.counts().answered, 5U);
  EXPECT_EQ(check.counts().unanswered, 0U);
  EXPECT_GT(check.counts().last_seconds, 0);
  std::set<std::uint16_t> ports;
  for (const FakeQuery& query : listener.queries()) {
    EXPECT_EQ(query.question.name.to_string(), "self-check.invalid");
    ports.insert(query.from.port);
  }
  EXPECT_GE(ports.size(), 4U) << "of five; the kernel may give one twice";
  listener.handle([](const FakeQuery& query) -> FakeReply {
    return {.messages = {reply_to(query, dns::Rcode::refused)}};
  });
  EXPECT_EQ(ask().answered, 6U)
      << "an ACL that keeps us out is no sign of a listener that is stuck";
}

TEST_F(SelfCheckTest, SilenceIsCountedUntilThereIsAnAnswer) {
  listener.handle(drop);
  EXPECT_EQ(ask().unanswered_in_row, 1U);
  check.ask();
  check.ask();  // the first still waits
  listener.handle(deny);
  EXPECT_TRUE(run_until(loop, [&] { return check.counts().answered == 1; }));
  EXPECT_EQ(check.counts().unanswered_in_row, 0U);
  EXPECT_EQ(check.counts().unanswered, 1U);
}

TEST_F(SelfCheckTest, DescriptorsAreGivenBack) {
  const auto open_files = [] {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return std::distance(begin(files), end(files));
  };
  const auto before = open_files();
  (void)ask();
  EXPECT_TRUE(run_until(loop, [&] { return open_files() <= before; }));
}

TEST_F(SelfCheckTest, OneOfSeveralPortsWithoutAnAnswerIsOneTooMany) {
  SelfCheck wide(loop, {listener.endpoint()}, 4);
  std::set<std::uint16_t> ports;
  std::uint16_t silent = 0;
  listener.handle([&](const FakeQuery& query) -> FakeReply {
    if (ports.empty()) silent = query.from.port;
    ports.insert(query.from.port);
    return query.from.port == silent ? FakeReply{} : deny(query);
  });
  wide.ask();
  EXPECT_TRUE(run_until(loop, [&] { return wide.counts().unanswered == 1; }));
  EXPECT_EQ(wide.counts().answered, 0U);
  EXPECT_EQ(ports.size(), 4U);
  wide.close();
}

}  // namespace
}  // namespace holdfast::test
