// TLS without sockets: a server of OpenSSL's on the other side of two buffers, with certificates
// made here.
#include "net/tls_client.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <gtest/gtest.h>

namespace holdfast::test {
namespace {

template <typename T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};

using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;

struct Identity {
  Key key;
  Certificate certificate;
};

/// Self-signed, valid from `from` for an hour.
Identity make_identity(const std::string& names, long from = -60) {
  Identity made{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
  X509* x509 = made.certificate.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), from);
  X509_gmtime_adj(X509_getm_notAfter(x509), from + 3600);
  X509_set_pubkey(x509, made.key.get());
  X509_NAME* subject = X509_get_subject_name(x509);
  const unsigned char common[] = "test";
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common, -1, -1, 0);
  X509_set_issuer_name(x509, subject);
  X509_EXTENSION* alternative =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(x509, alternative, -1);
  X509_EXTENSION_free(alternative);
  X509_sign(x509, made.key.get(), EVP_sha256());
  return made;
}

/// A file of authorities that holds one certificate.
class AuthorityFile {
 public:
  explicit AuthorityFile(const Identity& identity)
      : path_(std::filesystem::path(testing::TempDir()) /
              ("ca-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ".pem")) {
    std::FILE* file = std::fopen(path_.c_str(), "w");
    PEM_write_X509(file, identity.certificate.get());
    std::fclose(file);
  }

  ~AuthorityFile() { std::filesystem::remove(path_); }

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// The other side: says hello, then echoes.
class EchoServer {
 public:
  explicit EchoServer(const Identity& identity)
      : context_(SSL_CTX_new(TLS_server_method())), ssl_(nullptr) {
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    ssl_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_accept_state(ssl_.get());
  }

  std::vector<std::uint8_t> exchange(const std::vector<std::uint8_t>& bytes) {
    BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    if (SSL_is_init_finished(ssl_.get()) == 0) SSL_do_handshake(ssl_.get());
    std::vector<std::uint8_t> plain(100'000);
    for (int n = 0; (n = SSL_read(ssl_.get(), plain.data(), static_cast<int>(plain.size()))) > 0;)
      SSL_write(ssl_.get(), plain.data(), n);
    std::vector<std::uint8_t> out(BIO_ctrl_pending(out_));
    if (!out.empty()) BIO_read(out_, out.data(), static_cast<int>(out.size()));
    return out;
  }

  std::vector<std::uint8_t> close() {
    SSL_shutdown(ssl_.get());
    return exchange({});
  }

 private:
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Freed<SSL, SSL_free>> ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
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

  Pair(const Identity& identity, const std::string& ca_file, const std::string& host)
      : context(trusting(ca_file)), client(context, host), server(identity) {}

  /// Both sides speak until neither has anything to say. False: the client gave up.
  bool settle() {
    for (;;) {
      std::vector<std::uint8_t> out;
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
    EXPECT_TRUE(client.send({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
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

TEST(TlsContext, says_what_is_wrong_with_a_file) {
  const auto missing = TlsContext::open("/nowhere/ca.pem");
  EXPECT_FALSE(std::get<std::string>(missing).empty());
}

}  // namespace
}  // namespace holdfast::test
