// UdpListener on real sockets: batches, the way back, late replies, what is dropped, and stopping.
#include <set>

#include "tests/component/listener_rig.h"

namespace holdfast::test {
namespace {

TEST(UdpListener, AnswersAtOnceLaterAndNever) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.udp();
  client.send(query(1));
  EXPECT_EQ(rig.next_datagram(client), query(1));

  client.send(query(2, 'p'));
  ASSERT_TRUE(rig.asked(2));
  EXPECT_EQ(rig.listeners->pending(), 1U);
  EXPECT_TRUE(client.receive().empty());
  rig.waiting[0].send();
  EXPECT_EQ(rig.next_datagram(client), query(2, 'p'));
  EXPECT_EQ(rig.listeners->pending(), 0U);

  client.send(query(3, 'd'));
  ASSERT_TRUE(rig.asked(3));
  rig.settle();
  EXPECT_TRUE(client.receive().empty());
  EXPECT_EQ(rig.counters.queries_udp.get(), 3U);
  EXPECT_EQ(rig.counters.queries_tcp.get(), 0U);
}

TEST(UdpListener, RepeatedRepliesLeaveNothingBehind) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.udp();
  client.send(query(2, 'p'));
  ASSERT_TRUE(rig.asked(1));
  rig.waiting[0].send();
  rig.waiting[0].send();  // against the contract; must do no harm
  EXPECT_EQ(rig.listeners->pending(), 0U);
  EXPECT_EQ(rig.next_datagram(client), query(2, 'p'));
  rig.settle();
  EXPECT_TRUE(client.receive().empty());
}

TEST(UdpListener, LateRepliesGoToTheirOwnClients) {
  ListenerRig rig({at("127.0.0.1:0")});
  std::vector<Client> clients;
  for (std::uint16_t i = 0; i < 100; ++i) {
    clients.push_back(rig.udp());
    clients.back().send(query(i, 'p'));
  }
  ASSERT_TRUE(rig.asked(100));
  for (auto late = rig.waiting.rbegin(); late != rig.waiting.rend(); ++late)
    late->send();
  for (std::uint16_t i = 0; i < 100; ++i) {
    EXPECT_EQ(rig.next_datagram(clients[i]), query(i, 'p'));
  }
}

TEST(UdpListener, MoreThanOneBatchWaiting) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.udp();
  constexpr std::uint16_t kQueries = 1'000;
  for (std::uint16_t i = 0; i < kQueries; ++i)
    ASSERT_GT(client.send(query(i)), 0U);
  std::set<std::uint16_t> answered;
  // The client's buffer holds fewer replies than that: take them as they come.
  EXPECT_TRUE(rig.until([&] {
    for (Message m = client.receive(); !m.empty(); m = client.receive())
      answered.insert(id_of(m));
    return rig.handled == kQueries;
  }));
  EXPECT_GT(answered.size(), 64U);
}

TEST(UdpListener, RepliesOfOneBatchKeepTheirBytes) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.udp();
  const auto size_of = [](std::uint16_t id) { return std::size_t{id} * 41 % 1200 + 20; };
  for (std::uint16_t id = 0; id < 60; ++id)
    client.send(query(id, 'r', size_of(id)));
  for (std::uint16_t id = 0; id < 60; ++id)
    EXPECT_EQ(rig.next_datagram(client), query(id, 'r', size_of(id)));
}

// Those of one length to one client may leave as one message.
TEST(UdpListener, EachOfManyClientsGetsItsOwnRepliesInOrder) {
  ListenerRig rig({at("127.0.0.1:0"), at("[::1]:0"), at("0.0.0.0:0")});
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i)
    clients.push_back(rig.udp());
  for (const char* host : {"[::1]:", "127.0.0.7:"}) {
    const std::size_t which = host[0] == '[' ? 1 : 2;
    clients.push_back(connect_to(at(host + std::to_string(rig.endpoints[which].port)), SOCK_DGRAM));
  }
  const auto size_of = [](std::uint16_t id) { return std::size_t{id} / 24 * 100 + 40; };
  std::uint16_t id = 0;
  for (int round = 0; round < 12; ++round) {
    for (Client& client : clients) {
      client.send(query(id, 'r', size_of(id)));
      ++id;
    }
  }
  id = 0;
  for (int round = 0; round < 12; ++round) {
    for (Client& client : clients) {
      EXPECT_EQ(rig.next_datagram(client), query(id, 'r', size_of(id)));
      ++id;
    }
  }
}

// A connected socket takes datagrams from the address it asked only.
TEST(UdpListener, WildcardSocketAnswersFromTheAddressAsked) {
  ListenerRig rig({at("0.0.0.0:0")});
  const std::string port = std::to_string(rig.endpoints[0].port);
  for (const char* asked : {"127.0.0.2:", "127.0.0.1:", "127.1.2.3:"}) {
    Client client = connect_to(at(asked + port), SOCK_DGRAM);
    client.send(query(1));
    EXPECT_EQ(rig.next_datagram(client), query(1)) << asked;
    client.send(query(2, 'p'));
    ASSERT_TRUE(rig.until([&] { return !rig.waiting.empty(); }));
    rig.waiting.back().send();
    EXPECT_EQ(rig.next_datagram(client), query(2, 'p')) << asked;
    rig.waiting.clear();
  }
}

TEST(UdpListener, IpV6) {
  ListenSockets opened = open_listen_sockets(std::vector{at("[::]:0")}, 1);
  if (!opened.error.empty()) GTEST_SKIP() << opened.error;
  ListenerRig rig(std::move(opened), {});
  const std::string port = std::to_string(rig.endpoints[0].port);
  Client client = connect_to(at("[::1]:" + port), SOCK_DGRAM);
  client.send(query(1));
  EXPECT_EQ(rig.next_datagram(client), query(1));
  client.send(query(2, 'p'));
  ASSERT_TRUE(rig.asked(2));
  rig.waiting[0].send();
  EXPECT_EQ(rig.next_datagram(client), query(2, 'p'));
  EXPECT_EQ(rig.last_client, parse_ip("::1").value());
}

// A socket unit's default is one socket for both families.
TEST(UdpListener, SocketForBothFamiliesAnswersFromTheAddressAsked) {
  OwnedFd fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const SocketAddress any(at("[::]:0"));
  if (!fd || ::bind(fd.get(), any.get(), any.size()) != 0) GTEST_SKIP() << "no IPv6";
  std::vector<OwnedFd> given;
  given.push_back(std::move(fd));
  ListenerRig rig(adopt_listen_sockets(std::move(given), 1), {});
  const std::string port = std::to_string(rig.endpoints[0].port);
  Client client = connect_to(at("127.0.0.2:" + port), SOCK_DGRAM);
  client.send(query(1));
  EXPECT_EQ(rig.next_datagram(client), query(1));
  EXPECT_EQ(rig.last_client, parse_ip("127.0.0.1").value()) << rig.last_client.to_string();
}

TEST(UdpListener, LongRepliesAreSentWhole) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.udp();
  for (std::size_t size : {1'280U, 1'281U, 60'000U}) {
    rig.reply_bytes = size;
    client.send(query(1));
    EXPECT_EQ(rig.next_datagram(client).value_or(Message{}).size(), size);
  }
}

TEST(UdpListener, CountsRepliesThatCannotBeSent) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.udp();
  rig.reply_bytes = 65'535;  // more than a datagram holds
  client.send(query(1));
  EXPECT_TRUE(rig.until([&] { return rig.shed(ShedReason::send_failed) == 1; }));
}

TEST(UdpListener, TakesQueriesUpToASlotAndDropsLongerAndEmptyOnes) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.udp();
  client.send(query(1, 'r', UdpReceiveBatch::kSlotBytes));
  EXPECT_EQ(rig.next_datagram(client), query(1, 'r', UdpReceiveBatch::kSlotBytes));
  client.send(query(2, 'r', UdpReceiveBatch::kSlotBytes + 1));
  client.send(query(3, 'r', 65'507));
  ASSERT_EQ(::send(client.fd(), "", 0, 0), 0);
  client.send(query(4));
  EXPECT_EQ(rig.next_datagram(client), query(4));
  EXPECT_EQ(rig.handled, 2U);
  EXPECT_EQ(rig.shed(ShedReason::oversized), 2U);
  EXPECT_EQ(rig.counters.queries_udp.get(), 4U);
}

TEST(UdpListener, CountsWhatTheKernelHadNoRoomFor) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.udp();
  constexpr std::size_t kSent = 4000;
  for (std::size_t i = 0; i < kSent; ++i)
    client.send(query(1, 'r', UdpReceiveBatch::kSlotBytes));
  rig.listeners->count_drops();
  const std::uint64_t dropped = rig.shed(ShedReason::socket_full);
  EXPECT_GT(dropped, 0U);
  ASSERT_TRUE(rig.until([&] { return rig.handled + dropped == kSent; })) << rig.handled;
  rig.listeners->count_drops();
  EXPECT_EQ(rig.shed(ShedReason::socket_full), dropped) << "each once";
}

TEST(UdpListener, StopReadsNothingMoreAndStillSendsWhatIsDue) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.udp();
  client.send(query(1, 'p'));
  ASSERT_TRUE(rig.asked(1));
  rig.listeners->stop();
  client.send(query(2));
  rig.settle();
  EXPECT_EQ(rig.handled, 1U);
  EXPECT_TRUE(rig.listeners->finished());
  EXPECT_EQ(rig.listeners->pending(), 1U);
  rig.waiting[0].send();
  EXPECT_EQ(rig.next_datagram(client), query(1, 'p'));
  EXPECT_EQ(rig.listeners->pending(), 0U);
}

TEST(UdpListener, LateRepliesAfterCloseGoNowhere) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.udp();
  client.send(query(1, 'p'));
  client.send(query(2, 'p'));
  ASSERT_TRUE(rig.asked(2));
  rig.waiting[0].send();  // collected, not sent yet: close() sends it
  rig.listeners->close();
  rig.waiting[1].send();
  EXPECT_EQ(rig.next_datagram(client), query(1, 'p'));
  rig.settle();
  EXPECT_TRUE(client.receive().empty());
  EXPECT_EQ(rig.listeners->pending(), 0U);
}

TEST(UdpListener, LeavesNoDescriptorBehind) {
  const std::size_t before = open_descriptors();
  {
    ListenerRig rig({at("127.0.0.1:0"), at("127.0.0.2:0")});
    Client client = rig.udp(1);
    client.send(query(1));
    EXPECT_TRUE(rig.next_datagram(client));
    EXPECT_GT(open_descriptors(), before);
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace holdfast::test
