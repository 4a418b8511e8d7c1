// What TCP clients can make a worker hold, and for how long: idle ones, slow ones, greedy ones, too
// many.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <sys/resource.h>

#include "tests/component/listener_rig.h"

namespace holdfast::test {
namespace {

/// Limits whose times are over soon, so that tests are.
Limits short_times() {
  Limits limits;
  limits.tcp_idle = 60ms;
  limits.tcp_frame = 60ms;
  return limits;
}

/// Room for the descriptors of many connections, both ends, and back again.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t soft) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit now{.rlim_cur = std::min(soft, before_.rlim_max), .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &now);
  }

  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

bool served(ListenerRig& rig, Client& client) {
  client.send(framed(query(77)));
  return rig.next_frame(client) == query(77);
}

bool connected(ListenerRig& rig, std::int64_t clients) {
  return rig.until([&] { return rig.counters.tcp_clients.get() == clients; });
}

TEST(TcpLimits, IdleConnectionsAreClosed) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client silent = rig.tcp();
  Client asked = rig.tcp();
  EXPECT_TRUE(served(rig, asked));
  rig.listeners->set_limits(short_times());
  EXPECT_TRUE(rig.until([&] { return silent.closed() && asked.closed(); }));
  EXPECT_EQ(rig.shed(ShedReason::tcp_slow), 0U);
}

TEST(TcpLimits, UsedConnectionsStayOpen) {
  Limits limits;
  limits.tcp_idle = 1s;
  ListenerRig rig({at("127.0.0.1:0")}, limits);
  Client client = rig.tcp();
  const TimePoint end = boot_time() + 1300ms;
  std::uint16_t id = 0;
  while (boot_time() < end) {
    client.send(framed(query(++id)));
    ASSERT_EQ(rig.next_frame(client), query(id));
  }
}

TEST(TcpLimits, AConnectionThatWaitsForUsIsNotIdle) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.tcp();
  Client other = rig.tcp();
  client.send(framed(query(1, 'p')));
  ASSERT_TRUE(rig.asked(1));
  ASSERT_TRUE(connected(rig, 2));
  rig.listeners->set_limits(short_times());
  EXPECT_TRUE(rig.until([&] { return other.closed(); }));
  EXPECT_FALSE(rig.until([&] { return client.closed(); }, 100ms));
  rig.waiting[0].send();
  EXPECT_EQ(rig.next_frame(client), query(1, 'p'));
}

TEST(TcpLimits, AFrameMustBeWholeInTime) {
  Limits limits = short_times();
  limits.tcp_idle = 10s;
  ListenerRig rig({at("127.0.0.1:0")}, limits);
  Client drip = rig.tcp();
  const Message frame = framed(query(1, 'r', 65'000));
  std::size_t sent = 0;
  EXPECT_TRUE(rig.until([&] {
    sent += drip.send({frame[sent]});  // one byte a turn: never silent, never done
    return drip.closed() || sent == frame.size();
  }));
  EXPECT_LT(sent, frame.size());
  EXPECT_EQ(rig.handled, 0U);
  EXPECT_EQ(rig.shed(ShedReason::tcp_slow), 1U);
}

TEST(TcpLimits, EmptyFramesKeepNoConnectionOpen) {
  ListenerRig rig({at("127.0.0.1:0")}, short_times());
  Client client = rig.tcp();
  EXPECT_TRUE(rig.until([&] {
    client.send({0, 0});
    return client.closed();
  }));
}

TEST(TcpLimits, AClientThatDoesNotReadIsStoppedThenCut) {
  Limits limits = short_times();
  limits.tcp_unsent_bytes = 64 * 1024;
  limits.tcp_frame = 300ms;
  ListenerRig rig({at("127.0.0.1:0")}, limits);
  rig.reply_bytes = 3'000;
  Client client = connect_to(rig.endpoints[0], SOCK_STREAM, 4'096);
  std::size_t accepted = 0;
  const Message frame = framed(query(1));
  EXPECT_TRUE(rig.until([&] {
    while (client.send(frame) == frame.size())
      ++accepted;
    return rig.shed(ShedReason::tcp_slow) == 1;
  }));
  EXPECT_TRUE(connected(rig, 0));
  // 64 KiB with us, about as much and what the client announces in the kernel; never all of it.
  EXPECT_LT(rig.handled, 1'000U);
  EXPECT_GT(accepted, rig.handled);
}

TEST(TcpLimits, AClientThatReadsLateGetsEverything) {
  Limits limits;
  limits.tcp_unsent_bytes = 16 * 1024;
  limits.tcp_queries_per_connection = 10;
  ListenerRig rig({at("127.0.0.1:0")}, limits);
  rig.reply_bytes = 3'000;
  Client client = connect_to(rig.endpoints[0], SOCK_STREAM, 4'096);
  constexpr std::uint16_t kQueries = 1'000;
  for (std::uint16_t i = 0; i < kQueries; ++i)
    client.send(framed(query(i)));
  client.finish_sending();
  rig.settle();
  EXPECT_LT(rig.handled, kQueries);
  for (std::uint16_t i = 0; i < kQueries; ++i) {
    const auto reply = rig.next_frame(client);
    ASSERT_TRUE(reply.has_value()) << i;
    ASSERT_EQ(id_of(*reply), i);
  }
  EXPECT_TRUE(rig.until([&] { return client.closed(); }));
}

TEST(TcpLimits, QueriesInFlightPerConnection) {
  Limits limits;
  limits.tcp_queries_per_connection = 5;
  ListenerRig rig({at("127.0.0.1:0")}, limits);
  Client client = rig.tcp();
  Message segment;
  for (std::uint16_t i = 0; i < 8; ++i)
    segment = segment + framed(query(i, 'p'));
  client.send(segment);
  client.send(framed(query(8, 'p')));
  ASSERT_TRUE(rig.asked(5));
  rig.settle();
  EXPECT_EQ(rig.handled, 5U);
  Client other = rig.tcp();
  EXPECT_TRUE(served(rig, other));
  EXPECT_EQ(rig.handled, 6U);
  for (std::size_t i = 0; i < 9; ++i) {
    ASSERT_TRUE(rig.until([&] { return rig.waiting.size() > i; })) << i;
    rig.waiting[i].send();
    EXPECT_EQ(rig.next_frame(client), query(static_cast<std::uint16_t>(i), 'p'));
  }
}

TEST(TcpLimits, ANewConnectionReplacesTheOneIdleLongest) {
  Limits limits;
  limits.tcp_clients = 3;
  ListenerRig rig({at("127.0.0.1:0")}, limits);
  std::vector<Client> clients;
  for (std::int64_t i = 0; i < 3; ++i) {
    clients.push_back(rig.tcp());
    ASSERT_TRUE(connected(rig, i + 1));
  }
  clients[1].send(framed(query(1, 'p')));  // busy
  ASSERT_TRUE(rig.asked(1));
  ASSERT_TRUE(served(rig, clients[0]));  // idle, but not for as long as the last one

  Client fourth = rig.tcp();
  EXPECT_TRUE(served(rig, fourth));
  EXPECT_TRUE(rig.until([&] { return clients[2].closed(); }));
  EXPECT_EQ(rig.shed(ShedReason::oldest), 1U);
  EXPECT_EQ(rig.counters.tcp_clients.get(), 3);

  Client fifth = rig.tcp();
  EXPECT_TRUE(served(rig, fifth));
  EXPECT_TRUE(rig.until([&] { return clients[0].closed(); }));
  rig.waiting[0].send();
  EXPECT_EQ(rig.next_frame(clients[1]), query(1, 'p'));
}

TEST(TcpLimits, WithAllConnectionsBusyANewOneIsRefused) {
  Limits limits;
  limits.tcp_clients = 2;
  ListenerRig rig({at("127.0.0.1:0")}, limits);
  Client first = rig.tcp();
  Client second = rig.tcp();
  first.send(framed(query(1, 'p')));
  second.send(framed(query(2, 'p')));
  ASSERT_TRUE(rig.asked(2));
  Client third = rig.tcp();
  EXPECT_TRUE(rig.until([&] { return third.closed(); }));
  EXPECT_EQ(rig.shed(ShedReason::tcp_connections), 1U);
  rig.waiting[0].send();
  EXPECT_EQ(rig.next_frame(first), query(1, 'p'));
}

TEST(TcpLimits, ChangedLimitsHoldForOpenConnections) {
  Limits limits;
  limits.tcp_queries_per_connection = 1;
  ListenerRig rig({at("127.0.0.1:0")}, limits);
  Client idle = rig.tcp();
  Client busy = rig.tcp();
  busy.send(framed(query(1, 'p')) + framed(query(2, 'p')));
  ASSERT_TRUE(rig.asked(1));
  ASSERT_TRUE(connected(rig, 2));
  limits = short_times();
  rig.listeners->set_limits(limits);
  EXPECT_TRUE(rig.asked(2));  // there is room for it now
  EXPECT_TRUE(rig.until([&] { return idle.closed(); }, 5s));
  EXPECT_FALSE(busy.closed());
  rig.waiting[1].send();
  EXPECT_EQ(rig.next_frame(busy), query(2, 'p'));
}

/// An IPv4 address of this host that is not loopback.
std::optional<std::string> outside_address() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return std::nullopt;
  std::optional<std::string> found;
  for (const ifaddrs* one = all; one != nullptr && !found; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    std::array<char, INET_ADDRSTRLEN> text{};
    const void* raw = &reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr;
    ::inet_ntop(AF_INET, raw, text.data(), text.size());
    if (!parse_ip(text.data()).value().is_loopback()) found = text.data();
  }
  ::freeifaddrs(all);
  return found;
}

TEST(TcpLimits, ConnectionsPerAddressButNotOnLoopback) {
  Limits limits;
  limits.tcp_clients_per_address = 2;
  ListenerRig rig({at("0.0.0.0:0")}, limits);
  const std::string port = ":" + std::to_string(rig.endpoints[0].port);
  std::vector<Client> local;
  for (int i = 0; i < 5; ++i) {
    local.push_back(connect_to(at("127.0.0.1" + port), SOCK_STREAM));
    EXPECT_TRUE(served(rig, local.back()));
  }
  const auto outside = outside_address();
  if (!outside) GTEST_SKIP() << "this host has loopback only";
  std::vector<Client> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(connect_to(at(*outside + port), SOCK_STREAM));
    EXPECT_TRUE(served(rig, clients.back()));
  }
  Client third = connect_to(at(*outside + port), SOCK_STREAM);
  EXPECT_TRUE(rig.until([&] { return third.closed(); }));
  EXPECT_EQ(rig.shed(ShedReason::tcp_connections), 1U);
  clients[0].close();
  ASSERT_TRUE(connected(rig, 6));
  Client fourth = connect_to(at(*outside + port), SOCK_STREAM);
  EXPECT_TRUE(served(rig, fourth));
}

TEST(TcpLimits, SilentAndHalfSentClientsDoNotLockOthersOut) {
  const DescriptorLimit enough(4'096);
  ListenerRig rig({at("127.0.0.1:0")});
  rig.settle();
  const std::size_t before = open_descriptors();
  {
    std::vector<Client> slow;
    for (int i = 0; i < 400; ++i) {
      slow.push_back(rig.tcp());
      if (i < 100) slow.back().send({0, 0x40, 'a', 'b', 'c'});
    }
    ASSERT_TRUE(connected(rig, 400));
    Client client = rig.tcp();
    EXPECT_TRUE(served(rig, client));
    Client datagrams = rig.udp();
    datagrams.send(query(5));
    EXPECT_EQ(rig.next_datagram(datagrams), query(5));
  }
  EXPECT_TRUE(connected(rig, 0));
  EXPECT_EQ(open_descriptors(), before);
}

TEST(TcpLimits, WithoutDescriptorsAnIdleConnectionMakesRoom) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client idle = rig.tcp();
  ASSERT_TRUE(connected(rig, 1));
  Client first = rig.tcp();  // its own end is open, ours cannot be
  first.send(framed(query(77)));
  {
    const DescriptorLimit none(lowest_free_descriptor());
    EXPECT_TRUE(rig.until([&] { return idle.closed(); }));
    EXPECT_EQ(rig.next_frame(first), query(77));
  }
  EXPECT_EQ(rig.shed(ShedReason::oldest), 1U);
  Client second = rig.tcp();
  EXPECT_TRUE(served(rig, second));
}

}  // namespace
}  // namespace holdfast::test
