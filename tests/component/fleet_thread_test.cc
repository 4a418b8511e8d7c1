// A worker's port, the fleet thread behind it, and a server on loopback that does as it is told.
#include "daemon/fleet_thread.h"

#include <gtest/gtest.h>

#include "fake_redis.h"
#include "tests/support/fake_upstream.h"
#include "tests/unit/cache/answers.h"

namespace holdfast::test {
namespace {

constexpr UnixTime kWall{1'800'000'000};

class FleetThreadTest : public testing::Test {
 protected:
  FleetThreadTest() { wall.set(loop.now(), kWall); }

  ~FleetThreadTest() override {
    if (fleet) fleet->stop();
    if (port) port->forget();
    loop.drain();  // answers on their way are the port's
  }

  void start(const std::string& host = "127.0.0.1", std::vector<Endpoint> bootstrap = {}) {
    FleetServer server;
    server.url = "redis://" + host;
    server.host = host;
    server.port = redis.port();
    if (const auto address = parse_ip(host)) server.addresses = {*address};
    server.bootstrap = std::move(bootstrap);
    server.login = {"user", "secret", 2};
    auto keys = FleetKeys::parse(std::string(64, 'a'));
    fleet = std::make_unique<FleetThread>(
        FleetParts{std::move(server), std::get<FleetKeys>(std::move(keys)), {}}, cache, wall);
    port = std::make_unique<FleetPort>(*fleet, loop, wall);
    fleet->start();
  }

  /// Looks again and again: what happens on the fleet's thread wakes nobody here.
  bool until(FunctionRef<bool()> holds) {
    const TimePoint end = loop.now() + 10s;
    while (!holds()) {
      if (loop.now() > end) return false;
      loop.turn(2ms);
    }
    return true;
  }

  bool comes_up(bool up = true) {
    return until([&] { return fleet->usable() == up; });
  }

  void publish(const Asked& asked, bool shared = true,
               dns::AnswerKind kind = dns::AnswerKind::positive) {
    const Answer answer(asked, kind);
    const TimePoint now = loop.now();
    port->publish({asked.key(), answer.wire, kind, {}, 300s, now, shared}, now);
  }

  /// What a read says; nullopt if nothing can be asked.
  std::optional<bool> read(const Asked& asked) {
    std::optional<bool> found;
    const bool asks = port->read(
        asked.key(), [&](bool is_there, TimePoint) { found = is_there; }, loop.now());
    EXPECT_FALSE(found) << "from inside read()";
    if (!asks) return std::nullopt;
    EXPECT_TRUE(until([&] { return found.has_value(); }));
    return found;
  }

  [[nodiscard]] std::uint64_t reads(FleetRead result) const {
    return port->counters().reads[result].get();
  }

  [[nodiscard]] std::uint64_t faults(LinkFault fault) const {
    return fleet->counters().link_faults[fault].get();
  }

  EventLoop loop;
  WallClock wall;
  Cache cache{std::size_t{4} << 20U, 1};
  FakeRedis redis{loop};
  std::unique_ptr<FleetThread> fleet;
  std::unique_ptr<FleetPort> port;
};

const Asked kAsked("www.example");

TEST_F(FleetThreadTest, what_was_published_is_found) {
  start();
  ASSERT_TRUE(comes_up());
  publish(kAsked);
  ASSERT_TRUE(until([&] { return redis.data.size() == 1; }));
  EXPECT_EQ(read(kAsked), true);
  Seen seen;
  const CacheFound found = cache.find(kAsked.key(), loop.now(), seen);
  EXPECT_EQ(found.freshness, Freshness::fresh);
  EXPECT_EQ(read(Asked("other.example")), false);
  EXPECT_EQ(reads(FleetRead::hit), 1U);
  EXPECT_EQ(reads(FleetRead::miss), 1U);
  EXPECT_EQ(redis.commands.at(0), (FakeRedis::Command{"AUTH", "user", "secret"}));
  EXPECT_EQ(redis.commands.at(1), (FakeRedis::Command{"SELECT", "2"}));
}

TEST_F(FleetThreadTest, private_and_negative_answers_stay_here) {
  start();
  ASSERT_TRUE(comes_up());
  publish(Asked("private.example"), false);
  publish(Asked("gone.example"), true, dns::AnswerKind::nxdomain);
  publish(kAsked);
  ASSERT_TRUE(until([&] { return !redis.data.empty(); }));
  EXPECT_EQ(redis.data.size(), 1U);
}

TEST_F(FleetThreadTest, nothing_is_asked_without_a_connection) {
  redis.handler = [](const FakeRedis::Command&) { return "-WRONGPASS secret\r\n"; };
  start();
  ASSERT_TRUE(until([&] { return faults(LinkFault::login) >= 2; }));
  EXPECT_EQ(read(kAsked), std::nullopt);
  publish(kAsked);
  EXPECT_EQ(port->counters().not_published[NotPublished::disconnected].get(), 1U);
  const FleetStatus status = fleet->status();
  EXPECT_FALSE(status.up);
  EXPECT_EQ(status.fault, "the server refused the password: WRONGPASS");
  redis.handler = [this](const FakeRedis::Command& command) { return redis.obey(command); };
  EXPECT_TRUE(comes_up());
}

TEST_F(FleetThreadTest, a_slow_server_is_waited_for_no_longer_than_20_ms) {
  start();
  ASSERT_TRUE(comes_up());
  redis.handler = [](const FakeRedis::Command&) { return ""; };
  const TimePoint before = loop.now();
  EXPECT_EQ(read(kAsked), false);
  EXPECT_GE(loop.now() - before, FleetPort::kPatience);
  EXPECT_EQ(reads(FleetRead::late), 1U);
  ASSERT_TRUE(comes_up(false)) << "one that says nothing for a second is gone";
  EXPECT_EQ(faults(LinkFault::silent), 1U);
}

TEST_F(FleetThreadTest, what_comes_too_late_is_in_the_cache_all_the_same) {
  start();
  ASSERT_TRUE(comes_up());
  publish(kAsked);
  ASSERT_TRUE(until([&] { return !redis.data.empty(); }));
  std::string kept;
  redis.handler = [&](const FakeRedis::Command& command) {
    if (command.front() == "PING") return std::exchange(kept, "") + redis.obey(command);
    kept += redis.obey(command);
    return std::string();
  };
  EXPECT_EQ(read(kAsked), false);
  redis.handler = [&](const FakeRedis::Command& command) {
    return std::exchange(kept, "") + redis.obey(command);
  };
  publish(Asked("another.example"));  // its reply brings the other one along
  EXPECT_TRUE(until([&] { return cache.stats().entries == 1; }));
  EXPECT_EQ(reads(FleetRead::late), 1U);
  EXPECT_EQ(reads(FleetRead::hit), 0U);
}

TEST_F(FleetThreadTest, a_connection_that_is_lost_is_made_again) {
  start();
  ASSERT_TRUE(comes_up());
  redis.close_connections();
  ASSERT_TRUE(comes_up(false));
  ASSERT_TRUE(comes_up());
  EXPECT_EQ(redis.accepted, 2U);
  EXPECT_EQ(faults(LinkFault::closed), 1U);
  publish(kAsked);
  ASSERT_TRUE(until([&] { return !redis.data.empty(); }));
  EXPECT_EQ(read(kAsked), true);
}

TEST_F(FleetThreadTest, a_read_ends_when_the_connection_does) {
  start();
  ASSERT_TRUE(comes_up());
  redis.handler = [&](const FakeRedis::Command&) {
    loop.post([this] { redis.close_connections(); });
    return "";
  };
  EXPECT_EQ(read(kAsked), false);
  EXPECT_EQ(reads(FleetRead::failed) + reads(FleetRead::late), 1U);
}

TEST_F(FleetThreadTest, a_changed_network_is_a_new_connection) {
  start();
  ASSERT_TRUE(comes_up());
  fleet->network_changed();
  EXPECT_TRUE(until([&] { return redis.accepted == 2; }));
  EXPECT_TRUE(comes_up());
}

TEST_F(FleetThreadTest, a_host_name_is_resolved_by_the_bootstrap_servers) {
  FakeUpstream bootstrap(loop, [](const FakeQuery& query) -> FakeReply {
    if (query.question.type != dns::RrType::a) return {.messages = {reply_to(query)}};
    return {.messages = {answer_to(query, 300, 0x7f000001)}};
  });
  start("cache.example", {bootstrap.endpoint()});
  EXPECT_TRUE(comes_up());
  EXPECT_EQ(bootstrap.queries().at(0).question.name, test::name("cache.example"));
  EXPECT_EQ(faults(LinkFault::address), 0U);
}

TEST_F(FleetThreadTest, a_host_name_that_nobody_knows_is_asked_for_again) {
  FakeUpstream bootstrap(loop, [](const FakeQuery& query) -> FakeReply {
    return {.messages = {reply_to(query, dns::Rcode::nxdomain)}};
  });
  start("cache.example", {bootstrap.endpoint()});
  EXPECT_TRUE(until([&] { return faults(LinkFault::address) >= 2; }));
  EXPECT_FALSE(fleet->usable());
}

TEST_F(FleetThreadTest, what_was_forgotten_is_told_to_nobody) {
  start();
  ASSERT_TRUE(comes_up());
  redis.handler = [](const FakeRedis::Command&) { return ""; };
  bool told = false;
  ASSERT_TRUE(port->read(
      kAsked.key(), [&](bool, TimePoint) { told = true; }, loop.now()));
  port->forget();
  fleet->stop();
  loop.drain();
  EXPECT_FALSE(told);
  EXPECT_FALSE(port->read(
      kAsked.key(), [](bool, TimePoint) {}, loop.now()));
}

}  // namespace
}  // namespace holdfast::test
