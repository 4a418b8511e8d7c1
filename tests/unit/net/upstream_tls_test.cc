// Sessions and certificates of one upstream, with time as a number and a server of OpenSSL's.
#include "net/upstream_tls.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/fake_tls.h"

namespace holdfast::test {
namespace {

class UpstreamTlsTest : public testing::Test {
 protected:
  UpstreamTlsTest() {
    upstream.transport = TransportKind::tls;
    upstream.tls = {"dns.example", authority.path(), {}};
    EXPECT_TRUE(trust.follow({std::make_shared<const Upstream>(upstream)}).empty());
    tls.emplace(upstream, trust);
  }

  /// A connection that is made and used at `now`: did it take up a session?
  bool connect(TimePoint now) {
    SecureLink link = tls->begin(Endpoint{}, now);
    FakeTls server(server_context);
    EXPECT_TRUE(link.tls->start());
    Message out, plain;
    for (int turn = 0; turn < 4; ++turn) {
      link.tls->take_output(out);
      (void)server.receive(std::exchange(out, {}), plain);
      EXPECT_TRUE(link.tls->receive(server.take_output(), [](auto) {})) << link.tls->fault();
    }
    EXPECT_TRUE(link.tls->established());
    tls->note_handshake(*link.tls, now);
    tls->learn(*link.tls);
    return link.tls->resumed();
  }

  Identity identity = make_identity("DNS:dns.example");  // for an hour, since a minute ago
  AuthorityFile authority{identity};
  FakeTlsContext server_context{identity, {}};
  Upstream upstream;
  TlsTrust trust;
  std::optional<UpstreamTls> tls;
};

TEST_F(UpstreamTlsTest, knows_when_the_certificate_ends) {
  EXPECT_EQ(tls->certificates_end(), 0) << "none was shown";
  const auto before = std::chrono::system_clock::now().time_since_epoch();
  connect(TimePoint(1s));
  const auto left = std::chrono::seconds(tls->certificates_end()) -
                    std::chrono::floor<std::chrono::seconds>(before);
  EXPECT_GT(left, 57min);
  EXPECT_LT(left, 61min);
}

TEST_F(UpstreamTlsTest, a_session_shows_no_certificate_and_takes_none_away) {
  connect(TimePoint(1s));
  const auto end = tls->certificates_end();
  EXPECT_TRUE(connect(TimePoint(2s)));
  EXPECT_EQ(tls->certificates_end(), end);
}

TEST_F(UpstreamTlsTest, once_a_day_the_certificate_must_be_shown) {
  EXPECT_FALSE(connect(TimePoint(0s)));
  EXPECT_TRUE(connect(TimePoint(12h)));
  EXPECT_TRUE(connect(TimePoint(24h - 1s)));
  EXPECT_FALSE(connect(TimePoint(24h)));
  EXPECT_TRUE(connect(TimePoint(24h + 1s)));
}

}  // namespace
}  // namespace holdfast::test
