// DNS over HTTPS without sockets: a server of nghttp2's on the other side of two buffers.
#include "net/doh_session.h"

#include <gtest/gtest.h>

#include "dns/header.h"
#include "dns/message_view.h"
#include "dns/reply_builder.h"
#include "tests/support/fake_http2.h"
#include "tests/support/fake_upstream.h"

namespace holdfast::test {
namespace {

Message query_for(std::string_view name, std::uint16_t id) {
  Message buffer(512);
  const dns::Question question{.name = *dns::Name::parse(name)};
  buffer.resize(dns::write_query(question, {.id = id}, buffer).size());
  return buffer;
}

/// An answer to what was posted, with the id it was posted with.
Message answer_for(std::string_view name, std::uint16_t id, std::uint32_t ttl = 300) {
  FakeQuery query;
  query.id = id;
  query.question = {.name = *dns::Name::parse(name)};
  return answer_to(query, ttl);
}

std::uint32_t ttl_of(const Message& message) {
  std::uint32_t ttl = 0;
  dns::MessageView::parse(message).for_each([&ttl](const dns::Record& record) {
    ttl = record.ttl;
    return false;
  });
  return ttl;
}

struct Ended {
  std::uint16_t id;
  Message message;
  Outcome failure;
};

class Doh : public testing::Test {
 protected:
  void post(std::string_view name, std::uint16_t id) {
    ASSERT_TRUE(session.post(query_for(name, id)));
  }

  /// Both sides speak until neither has anything to say. False: the client gave up.
  bool settle() {
    for (;;) {
      Message out;
      session.take_output(out);
      EXPECT_TRUE(server.receive(out));
      const Message back = server.take_output();
      if (back.empty()) return true;
      if (!receive(back)) return false;
    }
  }

  bool receive(const Message& bytes) {
    return session.receive(bytes, [this](const DohEnd& end) {
      ended.push_back({end.id, {end.message.begin(), end.message.end()}, end.failure});
    });
  }

  /// The end of one request whose response is this.
  Ended answered(const FakeResponse& response) {
    post("www.example.org", 4711);
    EXPECT_TRUE(settle());
    server.respond(asked.back().stream, response);
    EXPECT_TRUE(settle());
    EXPECT_EQ(ended.size(), 1U);
    return ended.empty() ? Ended{} : ended.back();
  }

  DohSession session{"dns.example:8443", "/dns-query"};
  std::vector<FakeRequest> asked;
  FakeHttp2 server{[this](const FakeRequest& request) { asked.push_back(request); }};
  std::vector<Ended> ended;
};

TEST_F(Doh, PostsAQueryWithoutItsId) {
  post("www.example.org", 4711);
  ASSERT_TRUE(settle());
  ASSERT_EQ(asked.size(), 1U);
  auto& headers = asked[0].headers;
  EXPECT_EQ(headers[":method"], "POST");
  EXPECT_EQ(headers[":scheme"], "https");
  EXPECT_EQ(headers[":authority"], "dns.example:8443");
  EXPECT_EQ(headers[":path"], "/dns-query");
  EXPECT_EQ(headers["content-type"], "application/dns-message");
  EXPECT_EQ(headers["accept"], "application/dns-message");
  EXPECT_EQ(asked[0].body, query_for("www.example.org", 0));
  EXPECT_EQ(headers["content-length"], std::to_string(asked[0].body.size()));
}

TEST_F(Doh, AnAnswerGetsItsIdBack) {
  const Ended end = answered({.age = "", .body = answer_for("www.example.org", 0)});
  EXPECT_EQ(end.id, 4711);
  EXPECT_EQ(end.message, answer_for("www.example.org", 4711));
  EXPECT_EQ(session.fault(), "");
}

TEST_F(Doh, WhatLayInACacheIsOlder) {
  EXPECT_EQ(ttl_of(answered({.age = "120", .body = answer_for("www.example.org", 0)}).message),
            180U);
}

TEST_F(Doh, TheMediaTypeMayHaveParameters) {
  EXPECT_FALSE(answered({.type = "Application/DNS-Message; x=y",
                         .age = "",
                         .body = answer_for("www.example.org", 0)})
                   .message.empty());
}

TEST_F(Doh, ManyAtOnceInAnyOrder) {
  for (std::uint16_t id = 1; id <= 100; ++id)
    post("n" + std::to_string(id) + ".example", id);
  ASSERT_TRUE(settle());
  ASSERT_EQ(asked.size(), 100U);
  for (auto request = asked.rbegin(); request != asked.rend(); ++request)
    server.respond(request->stream, {.age = "", .body = request->body});
  ASSERT_TRUE(settle());
  ASSERT_EQ(ended.size(), 100U);
  for (const Ended& end : ended)
    EXPECT_EQ(end.message, query_for("n" + std::to_string(end.id) + ".example", end.id));
}

TEST_F(Doh, OtherStatusesAreFailures) {
  const Ended end = answered({.status = 429, .type = "", .age = "", .body = {}});
  EXPECT_EQ(end.failure, Outcome::http_status);
  EXPECT_TRUE(end.message.empty());
  EXPECT_EQ(session.fault(), "HTTP status 429");
}

TEST_F(Doh, OtherTypesAreFailures) {
  const Ended end =
      answered({.type = "text/html", .age = "", .body = answer_for("www.example.org", 0)});
  EXPECT_EQ(end.failure, Outcome::http_content);
}

TEST_F(Doh, WhatIsNoMessageIsMalformed) {
  EXPECT_EQ(answered({.age = "", .body = {1, 2, 3}}).failure, Outcome::malformed);
}

TEST_F(Doh, MoreThanAMessageIsNotRead) {
  const Ended end = answered({.age = "", .body = Message(10'000'000)});
  EXPECT_EQ(end.failure, Outcome::http_content);
  EXPECT_NE(session.fault().find("larger"), std::string::npos);
  EXPECT_EQ(server.resets, 1U);
}

TEST_F(Doh, AStreamThatIsResetIsClosed) {
  for (const std::uint32_t error : {NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR}) {
    ended.clear();
    post("www.example.org", 1);
    ASSERT_TRUE(settle());
    server.reset(asked.back().stream, error);
    ASSERT_TRUE(settle());
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].failure, Outcome::closed) << error;
  }
  EXPECT_EQ(session.fault(), "the server breaks requests off");
}

TEST_F(Doh, TheServerSaysHowManyAtOnce) {
  server.limit_streams(2);
  ASSERT_TRUE(settle());
  post("one.example", 1);
  post("two.example", 2);
  EXPECT_FALSE(session.has_room());
  EXPECT_FALSE(session.post(query_for("three.example", 3))) << "it would wait unseen";
  ASSERT_TRUE(settle());
  server.respond(asked[0].stream, {.age = "", .body = answer_for("one.example", 0)});
  ASSERT_TRUE(settle());
  EXPECT_TRUE(session.has_room());
  post("three.example", 3);
  EXPECT_FALSE(session.going_away());
}

TEST_F(Doh, AnOrderlyEndIsOneWhateverWasWrongBefore) {
  EXPECT_EQ(answered({.status = 503, .age = "", .body = {}}).failure, Outcome::http_status);
  server.go_away(asked[0].stream);
  (void)settle();
  EXPECT_FALSE(session.broken());
  EXPECT_EQ(session.fault(), "HTTP status 503");
}

TEST_F(Doh, AfterGoawayNothingIsPosted) {
  post("one.example", 1);
  post("two.example", 2);
  ASSERT_TRUE(settle());
  server.go_away(asked[0].stream);
  ASSERT_TRUE(settle());
  EXPECT_TRUE(session.going_away());
  EXPECT_FALSE(session.post(query_for("three.example", 3)));
  ASSERT_EQ(ended.size(), 1U) << "the second will not be answered";
  EXPECT_EQ(ended[0].id, 2);
  EXPECT_EQ(ended[0].failure, Outcome::closed);
  server.respond(asked[0].stream, {.age = "", .body = answer_for("one.example", 0)});
  (void)settle();
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_FALSE(ended[1].message.empty());
}

TEST_F(Doh, ACancelledQueryIsForgotten) {
  post("www.example.org", 1);
  ASSERT_TRUE(settle());
  session.cancel(1);
  session.cancel(2);
  ASSERT_TRUE(settle());
  EXPECT_EQ(server.resets, 1U);
  EXPECT_TRUE(ended.empty());
}

TEST_F(Doh, ThereIsABoundOfQueriesAtOnce) {
  for (std::uint16_t id = 0; id < 200; ++id)
    post("www.example.org", id);
  EXPECT_FALSE(session.post(query_for("www.example.org", 200)));
}

TEST_F(Doh, WhatIsNoHttp2EndsIt) {
  const std::string text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  Message out;
  session.take_output(out);
  (void)receive({text.begin(), text.end()});
  session.take_output(out);
  EXPECT_TRUE(session.going_away());
  EXPECT_FALSE(session.post(query_for("www.example.org", 1)));
}

}  // namespace
}  // namespace holdfast::test
