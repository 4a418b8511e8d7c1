// In a network namespace of its own, so nothing of the host is touched; skipped without the right
// to make one.
#include "net/network_watch.h"

#include <cstdlib>
#include <sched.h>

#include <gtest/gtest.h>

namespace holdfast::test {
namespace {

constexpr Duration kSettle = 50ms;
constexpr Duration kInterval = 300ms;

/// `ip ARGUMENTS` in the namespace of the process.
void ip(const std::string& arguments) {
  ASSERT_EQ(std::system(("ip " + arguments).c_str()), 0) << arguments;
}

bool own_namespace() {
  static const bool made = ::unshare(CLONE_NEWNET) == 0 && std::system("ip link set lo up") == 0;
  return made;
}

class NetworkWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!own_namespace()) GTEST_SKIP() << "no right to make a network namespace";
    ip("link add d0 type veth peer name d1");
    ip("link set d0 up");
    ip("link set d1 up");
    ip("addr add 192.0.2.1/24 dev d0");
    ip("-6 addr add 2001:db8::1/64 dev d0 valid_lft 1000 preferred_lft 900 nodad");
    watch.follow({parse_ip("192.0.2.53").value(), parse_ip("203.0.113.53").value()});
    ASSERT_EQ(watch.open(), "");
    turn(2 * kSettle);
    told.clear();
  }

  void TearDown() override {
    if (IsSkipped()) return;
    watch.close();
    loop.drain();
    EXPECT_EQ(std::system("ip link del d0"), 0);
  }

  void turn(Duration time) {
    const TimePoint end = loop.now() + time;
    while (loop.now() < end)
      loop.turn(5ms);
  }

  using Told = std::vector<NetworkChange>;
  Told told;
  EventLoop loop;
  NetworkWatch watch{loop,
                     [this](NetworkChange change, TimePoint) { told.push_back(change); },
                     {.settle = kSettle, .interval = kInterval}};
};

TEST_F(NetworkWatchTest, AnAddressThatComesIsTold) {
  ip("addr add 198.51.100.1/24 dev d1");
  turn(4 * kSettle);
  EXPECT_EQ(told, Told{NetworkChange::address});
}

TEST_F(NetworkWatchTest, AnAddressThatGoesAndComesBackIsTold) {
  ip("addr del 192.0.2.1/24 dev d0");
  ip("addr add 192.0.2.1/24 dev d0");
  turn(4 * kSettle);
  EXPECT_EQ(told, Told{NetworkChange::address}) << "what was bound to it is dead";
}

TEST_F(NetworkWatchTest, AnotherWayToAnUpstreamIsTold) {
  ip("route add 203.0.113.0/24 dev d0");
  turn(4 * kSettle);
  EXPECT_EQ(told, Told{NetworkChange::route});
  ip("route replace 203.0.113.0/24 dev d1");
  turn(kInterval + 4 * kSettle);
  EXPECT_EQ(told, Told(2, NetworkChange::route));
  ip("link set d1 down");
  turn(kInterval + 4 * kSettle);
  EXPECT_EQ(told.size(), 3U);
}

TEST_F(NetworkWatchTest, WhatChangesNothingIsNotTold) {
  ip("-6 addr change 2001:db8::1/64 dev d0 valid_lft 2000 preferred_lft 1900");
  ip("addr change 192.0.2.1/24 dev d0 valid_lft 500 preferred_lft 400");
  ip("-6 addr add fe80::99/64 dev d1 nodad");
  ip("addr add 169.254.3.4/16 scope link dev d1");
  ip("route add 10.99.0.0/16 dev d1");
  ip("route replace 192.0.2.0/24 dev d0 metric 500");
  ip("route add blackhole 10.98.0.0/16");
  turn(4 * kSettle);
  EXPECT_EQ(told, Told{});
}

TEST_F(NetworkWatchTest, ManyChangesAreToldOnceAnInterval) {
  const TimePoint began = loop.now();
  const auto enough = [&] { return loop.now() >= began + 3 * kInterval && told.size() >= 3; };
  for (int i = 1; !enough() && i < 5000; ++i) {
    ip("addr add 10.0." + std::to_string(i / 200) + "." + std::to_string(i % 200 + 1) +
       "/32 dev d1");
    turn(1ms);
  }
  turn(kInterval + 2 * kSettle);
  const auto most = static_cast<std::size_t>((loop.now() - began) / kInterval + 1);
  EXPECT_GE(told.size(), 3U);
  EXPECT_LE(told.size(), most);
  const std::size_t before = told.size();
  turn(2 * kInterval);
  EXPECT_EQ(told.size(), before) << "and then it is quiet";
}

TEST_F(NetworkWatchTest, ANewDestinationIsNoChange) {
  ip("route add 203.0.113.0/24 dev d0");
  watch.follow({parse_ip("192.0.2.53").value(), parse_ip("198.51.100.53").value()});
  turn(4 * kSettle);
  EXPECT_EQ(told, Told{}) << "the one whose way changed is not talked to any more";
  watch.follow({parse_ip("203.0.113.53").value()});
  ip("route add 10.97.0.0/16 dev d0");
  turn(4 * kSettle);
  EXPECT_EQ(told, Told{});
}

TEST_F(NetworkWatchTest, LostMessagesAreMadeUpForByLooking) {
  std::string batch;
  for (int i = 0; i < 4000; ++i) {
    const std::string prefix =
        "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".0/24";
    batch += "route add " + prefix + " dev d1\n";
  }
  batch += "addr add 198.51.100.7/24 dev d1\n";
  const std::string command = "printf '" + batch + "' | ip -batch -";
  ASSERT_EQ(std::system(("sh -c \"" + command + "\"").c_str()), 0);
  turn(6 * kSettle);
  EXPECT_EQ(told, Told{NetworkChange::address});
}

}  // namespace
}  // namespace holdfast::test
