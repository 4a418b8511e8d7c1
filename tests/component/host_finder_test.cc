#include "net/host_finder.h"

#include <memory>

#include <gtest/gtest.h>

#include "tests/support/fake_upstream.h"

namespace holdfast::test {
namespace {

using Addresses = std::vector<IpAddress>;

class HostFinderTest : public testing::Test {
 protected:
  ~HostFinderTest() override {
    finder.reset();
    loop.drain();
  }

  void ask_at(std::vector<Endpoint> servers) {
    finder = std::make_unique<HostFinder>(loop, std::move(servers));
  }

  Addresses find(const std::string& host) {
    std::optional<Addresses> found;
    finder->find(host, [&](const Addresses& addresses) { found = addresses; });
    EXPECT_FALSE(found) << "never from inside";
    EXPECT_TRUE(run_until(loop, [&] { return found.has_value(); })) << host;
    return found.value_or(Addresses{});
  }

  EventLoop loop;
  std::unique_ptr<HostFinder> finder;
};

FakeReply one_address(const FakeQuery& query) {
  if (query.question.type == dns::RrType::a) return {.messages = {answer_to(query)}};
  return {.messages = {reply_to(query)}};
}

TEST_F(HostFinderTest, FindsAndRemembers) {
  FakeUpstream server(loop, one_address);
  ask_at({server.endpoint()});
  const Addresses wanted{parse_ip("192.0.2.7").value()};
  EXPECT_EQ(find("gw.example"), wanted);
  const auto asked = server.queries().size();
  EXPECT_EQ(find("gw.example"), wanted);
  EXPECT_EQ(server.queries().size(), asked);
}

TEST_F(HostFinderTest, AsksOnceForAllWhoWait) {
  FakeUpstream server(loop, one_address);
  ask_at({server.endpoint()});
  int told = 0;
  for (int i = 0; i < 5; ++i)
    finder->find("gw.example", [&](const Addresses& found) { told += found.empty() ? 0 : 1; });
  EXPECT_TRUE(run_until(loop, [&] { return told == 5; }));
  EXPECT_EQ(server.queries().size(), 2U) << "A and AAAA";
}

TEST_F(HostFinderTest, RemembersFailuresToo) {
  FakeUpstream server(loop, [](const FakeQuery& query) -> FakeReply {
    return {.messages = {reply_to(query, dns::Rcode::nxdomain)}};
  });
  ask_at({server.endpoint()});
  EXPECT_TRUE(find("gw.example").empty());
  const auto asked = server.queries().size();
  EXPECT_TRUE(find("gw.example").empty());
  EXPECT_EQ(server.queries().size(), asked);
}

TEST_F(HostFinderTest, NobodyToAsk) {
  ask_at({});
  EXPECT_TRUE(find("gw.example").empty());
}

TEST_F(HostFinderTest, StrangersCannotMakeItAskWithoutEnd) {
  FakeUpstream server(loop, [](const FakeQuery&) -> FakeReply { return {}; });
  ask_at({server.endpoint()});
  int refused = 0;
  for (std::size_t i = 0; i < 10 * HostFinder::kMostAsked; ++i)
    finder->find("h" + std::to_string(i) + ".example", [&](const Addresses&) { ++refused; });
  for (int i = 0; i < 20; ++i)
    loop.turn(0ms);
  EXPECT_EQ(refused, static_cast<int>(9 * HostFinder::kMostAsked));
}

TEST_F(HostFinderTest, TellsNobodyOnceItIsGone) {
  FakeUpstream server(loop, one_address);
  ask_at({server.endpoint()});
  find("known.example");
  finder->find("known.example", [](const Addresses&) { FAIL(); });
  finder->find("gw.example", [](const Addresses&) { FAIL(); });
  finder.reset();
  for (int i = 0; i < 20; ++i)
    loop.turn(1ms);
}

}  // namespace
}  // namespace holdfast::test
