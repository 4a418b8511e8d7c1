// TCP towards clients as RFC 7766 wants it: framing however it is cut, pipelining, answers in any
// order, half-closed connections, and connections that go away too early.
#include <set>

#include "tests/component/listener_rig.h"

namespace holdfast::test {
namespace {

TEST(TcpListener, AnswersAtOnceLaterAndNever) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.tcp();
  client.send(framed(query(1)));
  EXPECT_EQ(rig.next_frame(client), query(1));
  client.send(framed(query(2, 'p')));
  ASSERT_TRUE(rig.asked(2));
  EXPECT_EQ(rig.listeners->pending(), 1U);
  rig.waiting[0].send();
  EXPECT_EQ(rig.next_frame(client), query(2, 'p'));
  client.send(framed(query(3, 'd')) + framed(query(4, 'p')) + framed(query(5)));
  EXPECT_EQ(rig.next_frame(client), query(5));
  rig.waiting[1].send();
  EXPECT_EQ(rig.next_frame(client), query(4, 'p'));
  EXPECT_EQ(rig.listeners->pending(), 0U);
  EXPECT_EQ(rig.counters.queries_tcp.get(), 5U);
  EXPECT_EQ(rig.counters.queries_udp.get(), 0U);
  EXPECT_EQ(rig.counters.tcp_clients.get(), 1);
  EXPECT_EQ(rig.last_client, parse_ip("127.0.0.1").value());
}

TEST(TcpListener, FramesCutAnywhere) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.tcp();
  const Message frame = framed(query(7));
  for (std::uint8_t byte : frame) {
    EXPECT_EQ(rig.handled, 0U);
    client.send({byte});
    rig.loop.turn(5ms);
  }
  EXPECT_EQ(rig.next_frame(client), query(7));

  client.send({frame[0], frame[1]});
  rig.settle();
  client.send(query(7));
  EXPECT_EQ(rig.next_frame(client), query(7));
}

TEST(TcpListener, ManyQueriesInOneSegmentAndEmptyFrames) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.tcp();
  Message segment;
  for (std::uint16_t i = 0; i < 20; ++i)
    segment = segment + Message{0, 0} + framed(query(i));
  client.send(segment);
  for (std::uint16_t i = 0; i < 20; ++i)
    EXPECT_EQ(rig.next_frame(client), query(i));
  EXPECT_EQ(rig.handled, 20U);
}

TEST(TcpListener, AnswersInTheOrderTheyAreReady) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.tcp();
  client.send(framed(query(1, 'p')) + framed(query(2)) + framed(query(3, 'p')));
  EXPECT_EQ(rig.next_frame(client), query(2));
  ASSERT_EQ(rig.waiting.size(), 2U);
  rig.waiting[1].send();
  rig.waiting[0].send();
  EXPECT_EQ(rig.next_frame(client), query(3, 'p'));
  EXPECT_EQ(rig.next_frame(client), query(1, 'p'));
}

TEST(TcpListener, LargestFramesBothWays) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.tcp();
  const Message largest = query(9, 'r', 65'535);
  const Message frame = framed(largest);
  std::size_t sent = 0;
  std::optional<Message> got;
  EXPECT_TRUE(rig.until([&] {
    sent += client.send(Message(frame.begin() + static_cast<std::ptrdiff_t>(sent), frame.end()));
    got = client.frame();
    return got.has_value();
  }));
  EXPECT_EQ(got, largest);
}

TEST(TcpListener, HalfClosedConnectionGetsItsReplies) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client client = rig.tcp();
  client.send(framed(query(1, 'p')) + framed(query(2, 'p')) + Message{0, 9, 'x'});
  client.finish_sending();
  ASSERT_TRUE(rig.asked(2));
  rig.settle();
  rig.waiting[0].send();
  EXPECT_EQ(rig.next_frame(client), query(1, 'p'));
  EXPECT_FALSE(client.closed());
  rig.waiting[1].send();
  EXPECT_EQ(rig.next_frame(client), query(2, 'p'));
  EXPECT_TRUE(rig.until([&] { return client.closed(); }));
  EXPECT_EQ(rig.counters.tcp_clients.get(), 0);
}

TEST(TcpListener, HalfClosedBehindMoreQueriesThanMayBeInFlight) {
  Limits limits;
  limits.tcp_queries_per_connection = 4;
  ListenerRig rig({at("127.0.0.1:0")}, limits);
  Client client = rig.tcp();
  Message segment;
  for (std::uint16_t i = 0; i < 10; ++i)
    segment = segment + framed(query(i, 'p'));
  client.send(segment);
  client.finish_sending();
  for (std::uint16_t i = 0; i < 10; ++i) {
    ASSERT_TRUE(rig.until([&] { return rig.waiting.size() > i; }));
    rig.waiting[i].send();
    EXPECT_EQ(rig.next_frame(client), query(i, 'p'));
  }
  EXPECT_TRUE(rig.until([&] { return client.closed(); }));
}

TEST(TcpListener, RepliesForConnectionsThatWentAwayAreDropped) {
  ListenerRig rig({at("127.0.0.1:0")});
  for (std::uint16_t i = 0; i < 10; ++i) {
    Client client = rig.tcp();
    client.send(framed(query(i, 'p')));
    ASSERT_TRUE(rig.asked(i + 1U));
    client.reset();
  }
  // Their places are taken by others: a ticket must not reach those.
  ASSERT_TRUE(rig.until([&] { return rig.counters.tcp_clients.get() == 0; }));
  Client other = rig.tcp();
  other.send(framed(query(99, 'p')));
  ASSERT_TRUE(rig.asked(11));
  for (std::size_t i = 0; i < 10; ++i)
    rig.waiting[i].send();
  rig.waiting[10].send();
  EXPECT_EQ(rig.next_frame(other), query(99, 'p'));
  rig.settle();
  EXPECT_EQ(other.frame(), std::nullopt);
}

TEST(TcpListener, AStormOfResetsLeavesNothingBehind) {
  ListenerRig rig({at("127.0.0.1:0")});
  rig.settle();
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 300; ++i) {
    Client client = rig.tcp();
    if (i % 3 == 1) client.send({0});
    if (i % 3 == 2) client.send(framed(query(1, 'p')));
    client.reset();
    if (i % 50 == 0) rig.loop.turn(5ms);
  }
  rig.settle();
  for (const Waiting& late : rig.waiting)
    late.send();
  EXPECT_TRUE(rig.until([&] { return rig.counters.tcp_clients.get() == 0; }));
  EXPECT_EQ(open_descriptors(), before);
  Client client = rig.tcp();
  client.send(framed(query(1)));
  EXPECT_EQ(rig.next_frame(client), query(1));
}

TEST(TcpListener, IpV6AndWildcard) {
  ListenSockets opened = open_listen_sockets(std::vector{at("[::]:0")}, 1);
  if (!opened.error.empty()) GTEST_SKIP() << opened.error;
  ListenerRig rig(std::move(opened), {});
  Client client = connect_to(at("[::1]:" + std::to_string(rig.endpoints[0].port)), SOCK_STREAM);
  client.send(framed(query(1)));
  EXPECT_EQ(rig.next_frame(client), query(1));
}

TEST(TcpListener, StopEndsIdleConnectionsAndServesTheOthersFirst) {
  ListenerRig rig({at("127.0.0.1:0")});
  Client idle = rig.tcp();
  Client busy = rig.tcp();
  busy.send(framed(query(1, 'p')));
  ASSERT_TRUE(rig.asked(1));
  ASSERT_TRUE(rig.until([&] { return rig.counters.tcp_clients.get() == 2; }));
  rig.listeners->stop();
  EXPECT_TRUE(rig.until([&] { return idle.closed(); }));
  busy.send(framed(query(2)));
  rig.settle();
  EXPECT_EQ(rig.handled, 1U);
  EXPECT_EQ(rig.listeners->pending(), 1U);
  rig.waiting[0].send();
  EXPECT_EQ(rig.next_frame(busy), query(1, 'p'));
  EXPECT_TRUE(rig.until([&] { return rig.listeners->finished(); }));
  EXPECT_EQ(rig.listeners->pending(), 0U);
}

TEST(TcpListener, CloseEndsEverythingAtOnce) {
  const std::size_t before = open_descriptors();
  {
    ListenerRig rig({at("127.0.0.1:0")});
    Client client = rig.tcp();
    client.send(framed(query(1, 'p')) + Message{0});
    ASSERT_TRUE(rig.asked(1));
    rig.listeners->close();
    rig.waiting[0].send();
    EXPECT_TRUE(client.closed());
    rig.loop.drain();
    EXPECT_TRUE(rig.listeners->finished());
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace holdfast::test
