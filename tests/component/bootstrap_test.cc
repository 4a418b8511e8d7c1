#include "net/bootstrap.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "net/system_random.h"
#include "tests/support/fake_upstream.h"

namespace holdfast::test {
namespace {

using UpstreamPtr = std::shared_ptr<const Upstream>;

UpstreamPtr host_upstream(std::string host, unsigned id = 1, std::uint16_t port = 53) {
  auto upstream = std::make_shared<Upstream>();
  upstream->id = UpstreamId{static_cast<std::uint16_t>(id)};
  upstream->host = std::move(host);
  upstream->port = port;
  return upstream;
}

/// Answers A as told, and AAAA with nothing.
FakeHandler with_address(std::uint32_t address, std::uint32_t ttl = 300) {
  return [=](const FakeQuery& query) -> FakeReply {
    if (query.question.type == dns::RrType::a)
      return {.messages = {answer_to(query, ttl, address)}};
    return {.messages = {reply_to(query)}};
  };
}

class BootstrapTest : public testing::Test {
 protected:
  BootstrapTest()
      : bootstrap(
            loop, book, random,
            [this](const BootstrapReport& report) {
              reports.push_back({report.host, report.found.error, report.changed, report.next});
            },
            {.ttl_min = 10ms, .ttl_max = 20ms, .retry_min = 10ms, .retry_max = 40ms}) {}

  ~BootstrapTest() override {
    bootstrap.close();
    loop.drain();
  }

  void follow(std::vector<Endpoint> servers, std::vector<UpstreamPtr> upstreams) {
    bootstrap.follow(servers, upstreams);
  }

  /// What the book says, once it says something.
  Endpoints published(unsigned id = 1) {
    const UpstreamId upstream{static_cast<std::uint16_t>(id)};
    EXPECT_TRUE(run_until(loop, [&] { return book.version(upstream) != 0; }));
    const auto page = book.find(upstream);
    return page ? *page : Endpoints{};
  }

  [[nodiscard]] bool becomes(const Endpoints& endpoints, unsigned id = 1) {
    return run_until(loop, [&] {
      const auto page = book.find(UpstreamId{static_cast<std::uint16_t>(id)});
      return page && *page == endpoints;
    });
  }

  struct Report {
    std::string host, error;
    bool changed;
    Duration next;
  };

  EventLoop loop;
  SystemRandom random;
  EndpointBook book;
  std::vector<Report> reports;
  Bootstrap bootstrap;
};

TEST_F(BootstrapTest, AHostNameBecomesItsEndpoints) {
  FakeUpstream server(loop, with_address(0xc0000207));
  follow({server.endpoint()}, {host_upstream("dns.example", 1, 5353)});
  EXPECT_EQ(published(), Endpoints{*parse_endpoint("192.0.2.7:5353", 53)});
  EXPECT_EQ(server.queries().at(0).question.name, *dns::Name::parse("dns.example"));
}

TEST_F(BootstrapTest, GivenAddressesCauseNoPacket) {
  FakeUpstream server(loop);
  auto upstream = std::make_shared<Upstream>(*host_upstream("dns.example"));
  upstream->endpoints = {*parse_endpoint("192.0.2.7", 53)};
  follow({server.endpoint()}, {upstream, nullptr});
  for (int i = 0; i < 20; ++i)
    loop.turn(5ms);
  EXPECT_TRUE(server.queries().empty());
}

TEST(BootstrapOrder, TheFamiliesTakeTurns) {
  const auto addresses = [](std::initializer_list<const char*> texts) {
    std::vector<IpAddress> all;
    for (const char* text : texts)
      all.push_back(*parse_ip(text));
    return all;
  };
  EXPECT_EQ(
      in_turn(addresses({"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2"})),
      addresses({"2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"}));
  EXPECT_EQ(in_turn(addresses({"192.0.2.1"})), addresses({"192.0.2.1"}));
  EXPECT_TRUE(in_turn({}).empty());
}

TEST_F(BootstrapTest, UpstreamsOfOneHostShareTheQuestion) {
  FakeUpstream server(loop, with_address(0xc0000207, 3600));
  follow({server.endpoint()},
         {host_upstream("dns.example", 1, 53), host_upstream("dns.example", 2, 54)});
  EXPECT_EQ(published(1), Endpoints{*parse_endpoint("192.0.2.7:53", 0)});
  EXPECT_EQ(published(2), Endpoints{*parse_endpoint("192.0.2.7:54", 0)});
}

TEST_F(BootstrapTest, AddressesAreRefreshedBeforeTheyExpire) {
  FakeUpstream server(loop, with_address(0xc0000207));
  follow({server.endpoint()}, {host_upstream("dns.example")});
  (void)published();
  server.handle(with_address(0xc0000208));
  EXPECT_TRUE(becomes({*parse_endpoint("192.0.2.8:53", 0)}));
  for (const Report& report : reports)
    EXPECT_LT(report.next, 20ms) << "ttl_max less a quarter";
}

TEST_F(BootstrapTest, FormerAddressesServeUntilThereAreNewOnes) {
  FakeUpstream server(loop);
  server.handle([](const FakeQuery&) -> FakeReply { return {}; });
  follow({server.endpoint()}, {host_upstream("dns.example")});
  EXPECT_FALSE(bootstrap.offer("other.example", {*parse_ip("192.0.2.9")}));
  EXPECT_FALSE(bootstrap.offer("dns.example", {}));
  EXPECT_TRUE(bootstrap.offer("dns.example", {*parse_ip("192.0.2.9")}));
  EXPECT_EQ(published(), Endpoints{*parse_endpoint("192.0.2.9:53", 0)});
  server.handle(with_address(0xc0000208));
  bootstrap.refresh();
  EXPECT_TRUE(becomes({*parse_endpoint("192.0.2.8:53", 0)}));
  EXPECT_FALSE(bootstrap.offer("dns.example", {*parse_ip("192.0.2.9")}));
}

TEST_F(BootstrapTest, TheLastGoodAnswerOutlivesFailures) {
  FakeUpstream server(loop, with_address(0xc0000207));
  follow({server.endpoint()}, {host_upstream("dns.example")});
  const Endpoints good = published();
  server.handle([](const FakeQuery& query) -> FakeReply {
    return {.messages = {reply_to(query, dns::Rcode::nxdomain)}};
  });
  const auto failures = [&] {
    return std::ranges::count_if(reports, [](const Report& r) { return !r.error.empty(); });
  };
  ASSERT_TRUE(run_until(loop, [&] { return failures() >= 4; }));
  EXPECT_EQ(published(), good);
  EXPECT_GT(reports.back().next, 30ms) << "the waits double up to retry_max";
  server.handle(with_address(0xc0000208));
  EXPECT_TRUE(becomes({*parse_endpoint("192.0.2.8:53", 0)}));
}

TEST_F(BootstrapTest, TheSecondServerIsAskedWhereTheFirstRefuses) {
  auto gone = std::make_unique<FakeUpstream>(loop);
  const Endpoint dead = gone->endpoint();
  gone.reset();
  FakeUpstream server(loop, with_address(0xc0000207));
  follow({dead, server.endpoint()}, {host_upstream("dns.example")});
  EXPECT_TRUE(becomes({*parse_endpoint("192.0.2.7:53", 0)}));
}

TEST_F(BootstrapTest, TheSecondServerIsAskedWhereTheFirstIsSilent) {
  FakeUpstream silent(loop, [](const FakeQuery&) -> FakeReply { return {}; });
  FakeUpstream server(loop, with_address(0xc0000207));
  follow({silent.endpoint(), server.endpoint()}, {host_upstream("dns.example")});
  EXPECT_TRUE(becomes({*parse_endpoint("192.0.2.7:53", 0)}));
}

TEST_F(BootstrapTest, WhatLeftTheConfigurationIsForgotten) {
  FakeUpstream server(loop, with_address(0xc0000207));
  follow({server.endpoint()}, {host_upstream("dns.example")});
  (void)published();
  follow({server.endpoint()}, {});
  EXPECT_TRUE(book.find(UpstreamId{1})->empty());
  loop.turn(1ms);
  const std::size_t asked = server.queries().size();
  for (int i = 0; i < 20; ++i)
    loop.turn(5ms);
  EXPECT_LE(server.queries().size(), asked + 2) << "what was on its way";
}

TEST_F(BootstrapTest, ANewUpstreamOfAKnownHostNeedsNoAnswer) {
  FakeUpstream server(loop, with_address(0xc0000207));
  follow({server.endpoint()}, {host_upstream("dns.example", 1)});
  (void)published(1);
  server.handle([](const FakeQuery&) -> FakeReply { return {}; });
  follow({server.endpoint()}, {host_upstream("dns.example", 1), host_upstream("dns.example", 2)});
  EXPECT_EQ(book.find(UpstreamId{2})->size(), 1U);
}

TEST_F(BootstrapTest, OtherServersAreAskedAtOnce) {
  FakeUpstream silent(loop, [](const FakeQuery&) -> FakeReply { return {}; });
  FakeUpstream server(loop, with_address(0xc0000207));
  follow({silent.endpoint()}, {host_upstream("dns.example")});
  ASSERT_TRUE(run_until(loop, [&] { return !silent.queries().empty(); }));
  follow({server.endpoint()}, {host_upstream("dns.example")});
  EXPECT_TRUE(becomes({*parse_endpoint("192.0.2.7:53", 0)}));
}

TEST_F(BootstrapTest, WithoutServersTheReportSaysSo) {
  follow({}, {host_upstream("dns.example")});
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].error, "no bootstrap servers");
}

TEST_F(BootstrapTest, DescriptorsDoNotGrow) {
  FakeUpstream server(loop, with_address(0xc0000207));
  follow({server.endpoint()}, {host_upstream("dns.example")});
  ASSERT_TRUE(run_until(loop, [&] { return reports.size() >= 5; }));
  const std::size_t before = open_descriptors();
  ASSERT_TRUE(run_until(loop, [&] { return reports.size() >= 60; }));
  EXPECT_LE(open_descriptors(), before + 2);
}

TEST_F(BootstrapTest, FindsEndpointsOfChainsToo) {
  FakeUpstream server(loop, with_address(0x7f000001));
  auto upstream = std::make_shared<Upstream>();
  auto chain = std::make_shared<rpc::Chain>();
  chain->endpoints.resize(2);
  chain->endpoints[0].host = "rpc.example";
  chain->endpoints[1].host = "127.0.0.1";
  chain->endpoints[1].addresses = {parse_ip("127.0.0.1").value()};
  upstream->id = UpstreamId{1};
  upstream->chain = chain;
  follow({server.endpoint()}, {upstream});
  ASSERT_TRUE(run_until(loop, [&] { return book.find_host("rpc.example") != nullptr; }));
  EXPECT_EQ(book.find_host("rpc.example")->front().to_string(), "127.0.0.1");
  EXPECT_EQ(book.find_host("127.0.0.1"), nullptr);
  const auto version = book.hosts_version();
  follow({server.endpoint()}, {});
  EXPECT_EQ(book.find_host("rpc.example"), nullptr);
  EXPECT_NE(book.hosts_version(), version);
}

TEST_F(BootstrapTest, AChainIsLocatedOnceAnyEndpointIs) {
  Upstream upstream;
  auto chain = std::make_shared<rpc::Chain>();
  chain->endpoints.resize(2);
  chain->endpoints[0].host = "rpc-a.example";
  chain->endpoints[1].host = "rpc-b.example";
  upstream.chain = chain;
  EXPECT_FALSE(book.locates(upstream));
  book.publish_host("rpc-b.example", {parse_ip("192.0.2.1").value()});
  EXPECT_TRUE(book.locates(upstream));
  book.publish_host("rpc-b.example", {});
  EXPECT_FALSE(book.locates(upstream));
}

}  // namespace
}  // namespace holdfast::test
