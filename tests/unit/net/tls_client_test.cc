// TLS without sockets: a server of OpenSSL's on the other side of two buffers, with certificates
// made here.
#include "net/tls_client.h"

#include <functional>

#include <gtest/gtest.h>

#include "tests/support/fake_tls.h"

namespace holdfast::test {
namespace {

/// The other side: echoes.
class EchoServer {
 public:
  EchoServer(const Identity& identity, const FakeTlsPolicy& policy)
      : context_(identity, policy), tls_(context_) {}

  Message exchange(const Message& bytes) {
    Message plain;
    (void)tls_.receive(bytes, plain);
    tls_.send(plain);
    return tls_.take_output();
  }

  Message close() {
    tls_.close();
    return tls_.take_output();
  }

  [[nodiscard]] std::string protocol() const { return tls_.protocol(); }

 private:
  FakeTlsContext context_;
  FakeTls tls_;
};

TlsContext trusting(const std::string& ca_file) {
  auto opened = TlsContext::open(ca_file);
  return std::get<TlsContext>(std::move(opened));
}

struct Pair {
  TlsContext context;
  TlsClient client;
  EchoServer server;
  std::string heard;
  std::vector<std::uint8_t> said{};  // and not sent yet

  Pair(const Identity& identity, const std::string& ca_file, const std::string& host,
       const FakeTlsPolicy& policy = {})
      : Pair(identity, ca_file, TlsPeer{host, "dot", false, {}}, policy) {}

  Pair(const Identity& identity, const std::string& ca_file, const TlsPeer& peer,
       const FakeTlsPolicy& policy = {})
      : context(trusting(ca_file)), client(context, peer), server(identity, policy) {}

  /// Both sides speak until neither has anything to say. False: the client gave up.
  bool settle() {
    for (;;) {
      auto out = std::exchange(said, {});
      client.take_output(out);
      const auto back = server.exchange(out);
      if (back.empty()) return true;
      if (!receive(back)) return false;
    }
  }

  bool receive(std::span<const std::uint8_t> bytes) {
    return client.receive(bytes, [this](std::span<const std::uint8_t> plain) {
      heard.append(reinterpret_cast<const char*>(plain.data()), plain.size());
    });
  }

  void say(const std::string& text) {
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    EXPECT_TRUE(client.send(bytes, said));
  }
};

TEST(TlsClient, speaks_with_whom_it_trusts) {
  const Identity identity = make_identity("DNS:cache.example,IP:192.0.2.1,IP:2001:db8::1");
  const AuthorityFile authority(identity);
  for (const char* host : {"cache.example", "192.0.2.1", "2001:db8::1"}) {
    Pair pair(identity, authority.path(), host);
    ASSERT_TRUE(pair.client.start()) << host;
    ASSERT_TRUE(pair.settle()) << host << ": " << pair.client.fault();
    ASSERT_TRUE(pair.client.established()) << host;
    const std::string text = std::string(50'000, 'x') + "end";
    pair.say(text);
    ASSERT_TRUE(pair.settle());
    EXPECT_EQ(pair.heard, text);
  }
}

TEST(TlsClient, refuses_whom_it_does_not_trust) {
  const Identity identity = make_identity("DNS:cache.example,IP:192.0.2.1");
  const AuthorityFile itself(identity);
  const AuthorityFile other(make_identity("DNS:cache.example"));
  const Identity future = make_identity("DNS:cache.example", 86'400);
  const AuthorityFile from_tomorrow(future);

  struct Row {
    const Identity& identity;
    std::string ca_file;
    std::string host;
    std::string why;
  };

  const Row rows[] = {
      {identity, other.path(), "cache.example", "self-signed certificate"},
      {identity, "", "cache.example", "self-signed certificate"},
      {identity, itself.path(), "other.example", "hostname mismatch"},
      {identity, itself.path(), "192.0.2.2", "IP address mismatch"},
      {future, from_tomorrow.path(), "cache.example", "not yet valid"},
  };
  for (const Row& row : rows) {
    Pair pair(row.identity, row.ca_file, row.host);
    ASSERT_TRUE(pair.client.start());
    EXPECT_FALSE(pair.settle()) << row.why;
    EXPECT_FALSE(pair.client.established());
    EXPECT_NE(pair.client.fault().find(row.why), std::string::npos) << pair.client.fault();
  }
}

TEST(TlsClient, an_end_of_the_server_is_no_fault) {
  const Identity identity = make_identity("DNS:cache.example");
  const AuthorityFile authority(identity);
  Pair pair(identity, authority.path(), "cache.example");
  ASSERT_TRUE(pair.client.start());
  ASSERT_TRUE(pair.settle());
  EXPECT_FALSE(pair.receive(pair.server.close()));
  EXPECT_EQ(pair.client.fault(), "");
}

TEST(TlsClient, what_is_no_tls_is_a_fault) {
  const Identity identity = make_identity("DNS:cache.example");
  const AuthorityFile authority(identity);
  const std::string text = "-ERR unknown command\r\n";
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  Pair before(identity, authority.path(), "cache.example");
  ASSERT_TRUE(before.client.start());
  EXPECT_FALSE(before.receive({bytes, text.size()}));
  EXPECT_NE(before.client.fault(), "");
  Pair after(identity, authority.path(), "cache.example");
  ASSERT_TRUE(after.client.start());
  ASSERT_TRUE(after.settle());
  EXPECT_FALSE(after.receive({bytes, text.size()}));
  EXPECT_NE(after.client.fault(), "");
}

TEST(TlsClient, knows_what_kind_of_fault_it_was) {
  const Identity identity = make_identity("DNS:dns.example");
  const AuthorityFile authority(identity);
  Pair old(identity, authority.path(), "dns.example", {.most = TlsVersion::tls_1_1});
  ASSERT_TRUE(old.client.start());
  EXPECT_FALSE(old.settle());
  EXPECT_EQ(old.client.kind_of_fault(), TlsFault::failed) << old.client.fault();
  Pair other(identity, authority.path(), "other.example");
  ASSERT_TRUE(other.client.start());
  EXPECT_FALSE(other.settle());
  EXPECT_EQ(other.client.kind_of_fault(), TlsFault::certificate);
  EXPECT_NE(other.client.fault().find("not for other.example"), std::string::npos);
}

TEST(TlsClient, offers_its_protocol) {
  const Identity identity = make_identity("DNS:dns.example");
  const AuthorityFile authority(identity);
  Pair pair(identity, authority.path(), "dns.example");
  ASSERT_TRUE(pair.client.start());
  ASSERT_TRUE(pair.settle());
  EXPECT_EQ(pair.server.protocol(), "dot");
}

TEST(TlsClient, may_insist_on_its_protocol) {
  const Identity identity = make_identity("DNS:dns.example");
  const AuthorityFile authority(identity);
  Pair h2(identity, authority.path(), {"dns.example", "h2", true, {}}, {.protocol = "h2"});
  ASSERT_TRUE(h2.client.start());
  EXPECT_TRUE(h2.settle());
  EXPECT_TRUE(h2.client.established());
  Pair dot(identity, authority.path(), {"dns.example", "h2", true, {}});
  ASSERT_TRUE(dot.client.start());
  EXPECT_FALSE(dot.settle());
  EXPECT_FALSE(dot.client.established());
  EXPECT_EQ(dot.client.fault(), "the server does not speak h2");
}

TEST(TlsClient, wants_a_pinned_key) {
  const Identity identity = make_identity("DNS:dns.example");
  const AuthorityFile authority(identity);
  const SpkiPin good = identity.pin();
  SpkiPin wrong = good;
  wrong[0] ^= 1U;
  for (const auto version : {TlsVersion::tls_1_2, TlsVersion::tls_1_3}) {
    Pair pinned(identity, authority.path(), {"dns.example", "", false, {wrong, good}},
                {.most = version});
    ASSERT_TRUE(pinned.client.start());
    EXPECT_TRUE(pinned.settle()) << pinned.client.fault();
    EXPECT_TRUE(pinned.client.established());
    Pair other(identity, authority.path(), {"dns.example", "", false, {wrong}}, {.most = version});
    ASSERT_TRUE(other.client.start());
    EXPECT_FALSE(other.settle());
    EXPECT_FALSE(other.client.established());
    EXPECT_EQ(other.client.kind_of_fault(), TlsFault::pin);
    EXPECT_NE(other.client.fault().find("its pin is sha256/"), std::string::npos);
  }
}

/// A second connection of `client`'s context to the same server.
void expect_resumed(const Identity& identity, TlsVersion version) {
  const AuthorityFile authority(identity);
  const TlsContext context = trusting(authority.path());
  const TlsPeer peer{"dns.example", "dot", false, {}};
  FakeTlsContext server_context(identity, {.most = version});
  TlsSession session;
  for (const bool second : {false, true}) {
    TlsClient client(context, peer);
    FakeTls server(server_context);
    client.resume(session);
    ASSERT_TRUE(client.start());
    Message out, plain;
    for (int turn = 0; turn < 4; ++turn) {
      client.take_output(out);
      (void)server.receive(std::exchange(out, {}), plain);
      ASSERT_TRUE(client.receive(server.take_output(), [](auto) {})) << client.fault();
    }
    ASSERT_TRUE(client.established());
    EXPECT_EQ(client.resumed(), second);
    session = client.take_session();
    EXPECT_TRUE(second || session);
  }
}

TEST(TlsClient, takes_up_a_session) {
  const Identity identity = make_identity("DNS:dns.example");
  expect_resumed(identity, TlsVersion::tls_1_2);
  expect_resumed(identity, TlsVersion::tls_1_3);
}

TEST(TlsContext, says_what_is_wrong_with_a_file) {
  const auto missing = TlsContext::open("/nowhere/ca.pem");
  EXPECT_EQ(std::get<std::string>(missing), "No such file or directory");
  EXPECT_EQ(TlsContext::fault_of("/nowhere/ca.pem"), "No such file or directory");
  EXPECT_FALSE(TlsContext::fault_of("/proc/self/stat").empty()) << "no certificate in it";
  EXPECT_EQ(TlsContext::fault_of(""), "");
  const AuthorityFile good(make_identity("DNS:dns.example"));
  EXPECT_EQ(TlsContext::fault_of(good.path()), "");
}

}  // namespace
}  // namespace holdfast::test
