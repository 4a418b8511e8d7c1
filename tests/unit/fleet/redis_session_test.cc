// A conversation without a socket: the login, the pipeline, and what ends it.
#include "fleet/redis_session.h"

#include "fleet_rig.h"

namespace holdfast::test {
namespace {

using State = RedisSession::State;

std::string sent_by(const RedisLogin& login) {
  RedisSession session(login, kStart);
  return text_of(session.take_output());
}

std::string command(std::vector<std::string> words) {
  std::string out = '*' + std::to_string(words.size()) + "\r\n";
  for (const auto& word : words)
    out += bulk(word);
  return out;
}

TEST(RedisSession, says_hello_as_configured) {
  EXPECT_EQ(sent_by({}), command({"PING"}));
  EXPECT_EQ(sent_by({"", "secret", 0}), command({"AUTH", "secret"}) + command({"PING"}));
  EXPECT_EQ(sent_by({"me", "secret", 7}),
            command({"AUTH", "me", "secret"}) + command({"SELECT", "7"}) + command({"PING"}));
}

TEST(RedisSession, is_ready_when_all_of_it_was_taken) {
  RedisSession session({"me", "secret", 7}, kStart);
  EXPECT_TRUE(session.take(bytes_of("+OK\r\n+OK\r\n"), kStart, ignore));
  EXPECT_EQ(session.state(), State::login);
  EXPECT_TRUE(session.take(bytes_of("+PONG\r\n"), kStart, ignore));
  EXPECT_EQ(session.state(), State::ready);
  EXPECT_EQ(session.waiting_since(), kForever);
}

TEST(RedisSession, a_refused_login_ends_it_and_tells_no_secret) {
  RedisSession session({"me", "secret", 0}, kStart);
  EXPECT_FALSE(session.take(bytes_of("-ERR unknown command 'AUTH' 'secret'\r\n"), kStart, ignore));
  EXPECT_EQ(session.state(), State::refused);
  EXPECT_EQ(session.fault(), "the server refused the password: ERR");
  RedisSession bare({}, kStart);
  EXPECT_FALSE(bare.take(bytes_of("-NOAUTH Authentication required.\r\n"), kStart, ignore));
  EXPECT_EQ(bare.fault(), "the server refused us: NOAUTH");
}

TEST(RedisSession, replies_find_their_commands) {
  ReadySession session;
  session.set("a", bytes_of("1"), 5s, kStart);
  session.get("b", 100, {7, 1}, kStart);
  session.ping(kStart);
  session.get("c", 100, {8, 0}, kStart);
  EXPECT_EQ(text_of(session.take_output()),
            command({"SET", "a", "1", "PX", "5000"}) + command({"GETRANGE", "b", "0", "99"}) +
                command({"PING"}) + command({"GETRANGE", "c", "0", "99"}));
  std::vector<std::string> heard;
  EXPECT_TRUE(session.take(bytes_of("+OK\r\n$1\r\nx\r\n+PONG\r\n-WRONGTYPE y\r\n"), kStart,
                           [&](const RedisAnswer& answer) {
                             heard.push_back(std::to_string(answer.tag.token) + answer.reply.text);
                           }));
  EXPECT_EQ(heard, (std::vector<std::string>{"0OK", "7x", "8WRONGTYPE y"}));
}

TEST(RedisSession, a_reply_to_nothing_ends_it) {
  ReadySession session;
  EXPECT_FALSE(session.take(bytes_of("+OK\r\n"), kStart, ignore));
  EXPECT_EQ(session.state(), State::broken);
  ReadySession other;
  other.ping(kStart);
  int heard = 0;
  EXPECT_FALSE(other.take(bytes_of("+PONG\r\n+OK\r\n+OK\r\n"), kStart,
                          [&](const RedisAnswer&) { ++heard; }));
  EXPECT_EQ(heard, 0);
}

TEST(RedisSession, nonsense_ends_it) {
  ReadySession session;
  session.get("a", 100, {}, kStart);
  EXPECT_FALSE(session.take(bytes_of("*3\r\n"), kStart, ignore));
  EXPECT_EQ(session.state(), State::broken);
  EXPECT_NE(session.fault(), "");
}

TEST(RedisSession, knows_who_waits_and_how_much_it_holds) {
  ReadySession session;
  session.ping(kStart + 1s);
  session.ping(kStart + 2s);
  EXPECT_EQ(session.waiting_since(), kStart + 1s);
  EXPECT_TRUE(session.take(bytes_of("+PONG\r\n"), kStart + 3s, ignore));
  EXPECT_EQ(session.waiting_since(), kStart + 2s);
  EXPECT_EQ(session.last_heard(), kStart + 3s);
  while (session.has_room())
    session.ping(kStart);
  std::string replies;
  for (std::size_t i = 0; i < RedisSession::kMostOpen; ++i)
    replies += "+PONG\r\n";
  EXPECT_TRUE(session.take(bytes_of(replies), kStart, ignore));
  EXPECT_TRUE(session.has_room());
  session.set("a", std::vector<std::uint8_t>(RedisSession::kMostBytes), 1s, kStart);
  EXPECT_FALSE(session.has_room());
}

}  // namespace
}  // namespace holdfast::test
