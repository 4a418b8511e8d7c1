#include "net/cookie_jar.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "net/system_random.h"
#include "tests/unit/dns/message_builder.h"

namespace holdfast {
namespace {

using dns::Rcode;
using dns::test::as_bytes;
using dns::test::as_raw;
using dns::test::Raw;

constexpr TimePoint kNow{1h};

IpAddress ip(const char* text) {
  return *parse_ip(text);
}

/// A reply whose OPT has this cookie; empty: none.
Raw reply(const Raw& cookie, Rcode rcode = Rcode::noerror) {
  const Raw options = cookie.empty() ? Raw() : dns::test::option(10, cookie);
  const auto value = static_cast<unsigned>(rcode);
  return dns::test::MessageBuilder(1, dns::flag::qr | (value & 15U))
      .question("www.example.org")
      .opt(dns::test::opt(1232, options, 0, 0, value >> 4U))
      .build();
}

class Jar : public testing::Test {
 protected:
  Jar() { jar.use(server, source, random, kNow); }

  Raw show(TimePoint now = kNow) { return as_raw(jar.show(source, random, now)); }

  CookieProof check(const Raw& message, TimePoint now = kNow) {
    return jar.check(as_bytes(message), client_part(as_bytes(shown)), now);
  }

  /// What a query carries, and the reply to it.
  CookieProof exchange(const Raw& server_cookie, Rcode rcode = Rcode::noerror,
                       TimePoint now = kNow) {
    shown = show(now);
    const Raw cookie = server_cookie.empty() ? Raw() : shown.substr(0, 8) + server_cookie;
    return check(reply(cookie, rcode), now);
  }

  const Endpoint server = *parse_endpoint("192.0.2.1", 53);
  const IpAddress source = ip("192.0.2.100");
  SystemRandom random;
  CookieJar jar;
  Raw shown;
};

TEST_F(Jar, ShowsTheClientCookieFirstAndThenTheServersToo) {
  EXPECT_EQ(show().size(), 8U);
  EXPECT_EQ(exchange("server-1"), CookieProof::ours);
  EXPECT_EQ(show(), shown.substr(0, 8) + "server-1");
  EXPECT_EQ(exchange("the second is longer"), CookieProof::ours);
  EXPECT_EQ(show(), shown.substr(0, 8) + "the second is longer");
  EXPECT_EQ(exchange("server-3", Rcode::badcookie), CookieProof::ours);
  EXPECT_EQ(show(), shown.substr(0, 8) + "server-3") << "an error has a cookie too";
}

TEST_F(Jar, AnotherClientCookieIsForged) {
  shown = show();
  EXPECT_EQ(check(reply("somebody")), CookieProof::forged);
  EXPECT_EQ(check(reply("somebodyserver-1")), CookieProof::forged);
  EXPECT_EQ(show(), shown) << "and nothing is learnt from it";
  EXPECT_FALSE(jar.expects_cookies(kNow));
}

TEST_F(Jar, ACookieIsMissedFromThoseOnlyThatGiveThem) {
  EXPECT_EQ(exchange(""), CookieProof::unexpected);
  (void)exchange("server-1");
  EXPECT_EQ(exchange(""), CookieProof::missing);
  EXPECT_EQ(exchange("", Rcode::servfail), CookieProof::missing);
  EXPECT_EQ(check(Raw(12, '\0')), CookieProof::missing) << "a bare header";
  EXPECT_EQ(check(reply("short")), CookieProof::missing) << "no cookie has five bytes";
}

TEST_F(Jar, WhoSendsBackWhatItGotDoesNotGiveCookies) {
  shown = show();
  EXPECT_EQ(check(reply(shown)), CookieProof::ours);
  EXPECT_FALSE(jar.expects_cookies(kNow));
  EXPECT_EQ(exchange(""), CookieProof::unexpected);
}

TEST_F(Jar, WhereManyAreMissingNoneIsMissedForAWhile) {
  (void)exchange("server-1");
  for (unsigned i = 0; i < CookieJar::kMaxMissing; ++i) {
    EXPECT_EQ(exchange("server-1"), CookieProof::ours) << "sites differ";
    EXPECT_EQ(exchange(""), CookieProof::missing) << i;
  }
  EXPECT_EQ(exchange(""), CookieProof::unexpected);
  EXPECT_EQ(exchange("server-2"), CookieProof::ours) << "where there is one, it still counts";
  EXPECT_EQ(check(reply("somebody")), CookieProof::forged);
  EXPECT_EQ(exchange("", Rcode::noerror, kNow + CookieJar::kLenient), CookieProof::missing);
}

TEST_F(Jar, AFewThatAreMissingAreForgottenWithTheClientCookie) {
  for (int day = 0; day < 10; ++day) {
    const TimePoint now = kNow + day * CookieJar::kClientLife;
    (void)exchange("server-1", Rcode::noerror, now);
    EXPECT_EQ(exchange("", Rcode::noerror, now), CookieProof::missing);
    EXPECT_EQ(exchange("", Rcode::noerror, now), CookieProof::missing);
  }
}

TEST_F(Jar, WhoRefusesACookieGetsNoneForAWhile) {
  EXPECT_EQ(exchange("", Rcode::formerr), CookieProof::refused);
  EXPECT_EQ(show(), "");
  EXPECT_EQ(show(kNow + CookieJar::kLenient).size(), 8U);
}

TEST_F(Jar, AnErrorOfOneThatGivesCookiesIsNoRefusal) {
  (void)exchange("server-1");
  EXPECT_EQ(exchange("server-1", Rcode::formerr), CookieProof::ours);
  EXPECT_EQ(exchange("", Rcode::formerr), CookieProof::missing);
  EXPECT_NE(show(), "");
}

TEST_F(Jar, EachServerAndEachSourceHasAClientCookieOfItsOwn) {
  std::set<Raw> clients{show()};
  jar.use(server, source, random, kNow);
  EXPECT_TRUE(clients.contains(show())) << "the same two";
  (void)exchange("server-1");
  jar.use(server, ip("192.0.2.101"), random, kNow);
  EXPECT_EQ(show(), "") << "from the old address there is nothing more to show";
  const Raw moved = as_raw(jar.show(ip("192.0.2.101"), random, kNow));
  EXPECT_EQ(moved.size(), 8U) << "the server cookie was for the old one";
  EXPECT_TRUE(clients.insert(moved).second);
  EXPECT_TRUE(jar.expects_cookies(kNow)) << "it is the same server";

  jar.use(*parse_endpoint("192.0.2.2", 53), ip("192.0.2.101"), random, kNow);
  EXPECT_TRUE(clients.insert(as_raw(jar.show(ip("192.0.2.101"), random, kNow))).second);
  EXPECT_FALSE(jar.expects_cookies(kNow));
}

TEST_F(Jar, AClientCookieLivesForADay) {
  (void)exchange("server-1");
  const TimePoint later = kNow + CookieJar::kClientLife;
  EXPECT_EQ(show(later - 1ms).size(), 16U);
  const Raw next = show(later);
  EXPECT_EQ(next.size(), 8U);
  EXPECT_NE(next, shown.substr(0, 8));
  EXPECT_EQ(check(reply(shown.substr(0, 8) + "server-2"), later), CookieProof::ours)
      << "it was under way";
  EXPECT_EQ(show(later), next);
  EXPECT_EQ(exchange("", Rcode::noerror, later), CookieProof::missing);
}

TEST(CookieJar, HasNothingToShowBeforeThereIsAServer) {
  CookieJar jar;
  SystemRandom random;
  EXPECT_TRUE(jar.show(IpAddress{}, random, kNow).empty());
}

}  // namespace
}  // namespace holdfast
