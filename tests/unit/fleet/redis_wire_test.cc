// RESP: whole replies out of any pieces; nothing but replies of one value, of bounded size.
#include "fleet/redis_wire.h"

#include "fleet_rig.h"

namespace holdfast::test {
namespace {

using Kind = RedisReply::Kind;

struct Heard {
  bool sound = true;
  std::vector<RedisReply> replies;
};

Heard hear(std::string_view text, std::size_t piece, std::size_t most = 1000) {
  RedisReader reader(most);
  Heard heard;
  while (!text.empty() && heard.sound) {
    const auto now = text.substr(0, piece);
    text.remove_prefix(now.size());
    heard.sound = reader.feed(bytes_of(now),
                              [&](const RedisReply& reply) { heard.replies.push_back(reply); });
  }
  return heard;
}

TEST(RedisWire, replies_come_out_of_any_pieces) {
  const std::string text =
      "+OK\r\n-WRONGTYPE no string\r\n:12\r\n$-1\r\n$0\r\n\r\n" + bulk(std::string("a\r\n\0b", 5));
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const Heard heard = hear(text, piece);
    ASSERT_TRUE(heard.sound) << piece;
    ASSERT_EQ(heard.replies.size(), 6U) << piece;
    EXPECT_EQ(heard.replies[0].kind, Kind::status);
    EXPECT_EQ(heard.replies[0].text, "OK");
    EXPECT_EQ(heard.replies[1].kind, Kind::error);
    EXPECT_EQ(heard.replies[1].text, "WRONGTYPE no string");
    EXPECT_EQ(heard.replies[2].kind, Kind::integer);
    EXPECT_EQ(heard.replies[3].kind, Kind::nil);
    EXPECT_EQ(heard.replies[4].kind, Kind::bulk);
    EXPECT_EQ(heard.replies[4].text, "");
    EXPECT_EQ(heard.replies[5].text, std::string("a\r\n\0b", 5));
  }
}

TEST(RedisWire, other_things_end_it) {
  for (const char* text :
       {"HTTP/1.1 400 Bad Request\r\n", "*1\r\n$1\r\na\r\n", "*1000000000\r\n", "*0\r\n", "%1\r\n",
        "$-2\r\n", "$99999999999999999999\r\n", "\r\n", ",1.5\r\n", "#t\r\n", ">1\r\n"}) {
    EXPECT_FALSE(hear(text, 100).sound) << text;
    EXPECT_TRUE(hear(text, 100).replies.empty()) << text;
  }
}

TEST(RedisWire, a_reply_has_a_bound) {
  EXPECT_TRUE(hear(bulk(std::string(900, 'x')), 100).sound);
  EXPECT_FALSE(hear(bulk(std::string(1100, 'x')), 100).sound);
  EXPECT_FALSE(hear("$500000000\r\n" + std::string(5000, 'x'), 100).sound);
  EXPECT_FALSE(hear("+" + std::string(5000, 'x'), 100).sound) << "a line that does not end";
}

TEST(RedisWire, commands_hold_any_octets) {
  std::vector<std::uint8_t> out;
  const std::string value("a\r\n\0b", 5);
  append_command(out, std::array<std::string_view, 3>{"SET", "name", value});
  EXPECT_EQ(text_of(out), "*3\r\n$3\r\nSET\r\n$4\r\nname\r\n" + bulk(value));
}

/// What follows the code may be what we sent.
TEST(RedisWire, of_an_error_only_its_code_is_shown) {
  EXPECT_EQ(error_code("WRONGPASS invalid username-password pair"), "WRONGPASS");
  EXPECT_EQ(error_code("ERR unknown command 'AUTH', with args: 'secret'"), "ERR");
  EXPECT_EQ(error_code("secret"), "an error");
  EXPECT_EQ(error_code(std::string(500, 'A')), "an error");
  EXPECT_EQ(error_code(""), "an error");
}

}  // namespace
}  // namespace holdfast::test
