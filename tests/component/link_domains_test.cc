// In a network namespace of its own, where links can be made; skipped without the right to make
// one, or without dbus-daemon.
#include "net/link_domains.h"

#include <cstdlib>
#include <filesystem>
#include <net/if.h>
#include <optional>
#include <sched.h>

#include <gtest/gtest.h>

#include "tests/component/bus_rig.h"

namespace holdfast::test {
namespace {

bool own_namespace() {
  static const bool made =
      ::unshare(CLONE_NEWNET) == 0 && std::system("ip link add tun0 type veth peer name tun1") == 0;
  return made;
}

class LinkDomainsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!own_namespace()) GTEST_SKIP() << "no right to make a network namespace";
    std::string name = (std::filesystem::temp_directory_path() / "holdfast-links.XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    tun0 = static_cast<int>(::if_nametoindex("tun0"));
    policy.resolved = folder / "resolve";
    policy.network_manager = folder / "NetworkManager";
    policy.settle = 10ms;
    policy.interval = 1h;
    policy.patience = 500ms;
  }

  void TearDown() override {
    if (links) links->stop();
    loop.drain();
    std::filesystem::remove_all(folder);
  }

  /// Begins to watch, with a bus where what was said is told.
  void begin(const Said& said) {
    bus.say(said);
    if (!bus.start()) GTEST_SKIP() << "no dbus-daemon";
    std::filesystem::create_directory(policy.resolved);
    watch();
  }

  void watch() {
    links.emplace(
        loop, [this](const auto& found) { told.push_back(found); }, policy);
    ASSERT_EQ(links->watch(), "");
  }

  template <typename Condition>
  bool wait_for(Condition condition) {
    const TimePoint end = loop.now() + 10s;
    while (!condition() && loop.now() < end)
      loop.turn(10ms);
    return condition();
  }

  std::string last() const {
    std::string text;
    if (told.empty()) return "(nothing told)";
    for (const LinkDomain& domain : told.back()) {
      text += domain.zone.to_string() + " " + domain.interface;
      for (const IpAddress& server : domain.servers)
        text += " " + server.to_string();
      text += "\n";
    }
    return text;
  }

  Said one_vpn() const {
    Said said;
    said.servers = {{tun0, {10, 8, 0, 1}}, {0, {192, 0, 2, 1}}};
    said.domains = {{tun0, "corp.example", true}, {0, ".", true}};
    return said;
  }

  std::filesystem::path folder;
  int tun0 = 0;
  LinkDomainsPolicy policy;
  BusRig bus;
  EventLoop loop;
  std::vector<std::vector<LinkDomain>> told;
  std::optional<LinkDomains> links;
};

TEST_F(LinkDomainsTest, WhatResolvedSaysOfALinkIsTold) {
  Said said = one_vpn();
  said.domains.push_back({tun0, "search.example", false});
  begin(said);
  ASSERT_TRUE(wait_for([&] { return !told.empty(); }));
  EXPECT_EQ(last(), "corp.example tun0 10.8.0.1\n") << "it is the default of names";
}

TEST_F(LinkDomainsTest, SearchDomainsOfALinkThatIsNobodysDefaultAreItsOwn) {
  Said said = one_vpn();
  said.domains.push_back({tun0, "search.example", false});
  said.default_route = false;
  begin(said);
  ASSERT_TRUE(wait_for([&] { return !told.empty(); }));
  EXPECT_EQ(last(), "corp.example tun0 10.8.0.1\nsearch.example tun0 10.8.0.1\n");
}

TEST_F(LinkDomainsTest, WhatNetworkManagerSaysOfAVpnIsTold) {
  std::filesystem::create_directory(policy.network_manager);
  Said said;
  said.managed = {{"eth0", false, {"192.0.2.1"}, {"home.example"}},
                  {"tun0", true, {"10.8.0.1", "fd00:8::1"}, {"corp.example", "~lab.example"}}};
  begin(said);
  ASSERT_TRUE(wait_for([&] { return !told.empty(); }));
  EXPECT_EQ(last(), "corp.example tun0 10.8.0.1 fd00:8::1\nlab.example tun0 10.8.0.1 fd00:8::1\n");
}

TEST_F(LinkDomainsTest, AChangeIsSeenByTheFilesThatComeWithIt) {
  begin(one_vpn());
  ASSERT_TRUE(wait_for([&] { return told.size() == 1; }));
  bus.say({});
  ASSERT_EQ(std::system(("touch " + policy.resolved + "/resolv.conf").c_str()), 0);
  ASSERT_TRUE(wait_for([&] { return told.size() == 2; }));
  EXPECT_EQ(last(), "");
  bus.say(one_vpn());
  links->look();
  ASSERT_TRUE(wait_for([&] { return told.size() == 3; }));
}

TEST_F(LinkDomainsTest, WhoDoesNotAnswerTakesNothingAway) {
  begin(one_vpn());
  ASSERT_TRUE(wait_for([&] { return told.size() == 1; }));
  Said silent = one_vpn();
  silent.silent = true;
  bus.say(silent);
  links->look();
  const int asked = bus.asked();
  ASSERT_TRUE(wait_for([&] { return bus.asked() > asked; }));
  const TimePoint end = loop.now() + 2 * policy.patience;
  while (loop.now() < end)
    loop.turn(10ms);
  EXPECT_EQ(told.size(), 1U);
  bus.say({});
  links->look();
  ASSERT_TRUE(wait_for([&] { return told.size() == 2; })) << "and is asked again";
}

TEST_F(LinkDomainsTest, WhatHasAnotherTypeSaysNothing) {
  Said said = one_vpn();
  said.broken = true;
  begin(said);
  ASSERT_TRUE(wait_for([&] { return bus.asked() > 0; }));
  const TimePoint end = loop.now() + 300ms;
  while (loop.now() < end)
    loop.turn(10ms);
  EXPECT_TRUE(told.empty());
}

TEST_F(LinkDomainsTest, WhereNeitherIsNoBusIsOpened) {
  bus.say(one_vpn());
  if (!bus.start()) GTEST_SKIP() << "no dbus-daemon";
  policy.interval = 20ms;
  watch();
  const TimePoint end = loop.now() + 200ms;
  while (loop.now() < end)
    loop.turn(10ms);
  EXPECT_EQ(bus.asked(), 0);
  std::filesystem::create_directory(policy.resolved);
  ASSERT_TRUE(wait_for([&] { return !told.empty(); }));
  std::filesystem::remove(policy.resolved);
  ASSERT_TRUE(wait_for([&] { return last().empty(); })) << "with who is gone go the links";
}

TEST_F(LinkDomainsTest, ItMayEndWhileItAsks) {
  Said silent = one_vpn();
  silent.silent = true;
  begin(silent);
  loop.turn(50ms);
  loop.turn(50ms);
  links->stop();
  loop.drain();
  EXPECT_TRUE(told.empty());
}

TEST_F(LinkDomainsTest, WithoutABusNothingIsTold) {
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1);
  std::filesystem::create_directory(policy.resolved);
  watch();
  const TimePoint end = loop.now() + 100ms;
  while (loop.now() < end)
    loop.turn(10ms);
  EXPECT_TRUE(told.empty());
}

}  // namespace
}  // namespace holdfast::test
