// FakeTls: the server's side of TLS, without a socket, with certificates made in the test.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>
#include <vector>

#include "upstream/upstream.h"

namespace holdfast::test {

using Message = std::vector<std::uint8_t>;

template <typename T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};

struct Identity {
  std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>> key;
  std::unique_ptr<X509, Freed<X509, X509_free>> certificate;

  /// Of its key.
  [[nodiscard]] SpkiPin pin() const;
};

/// Self-signed, for `names` ("DNS:a.example,IP:192.0.2.1"), valid for an hour from `from` seconds
/// from now.
[[nodiscard]] Identity make_identity(const std::string& names, long from = -60);

/// A file of authorities that holds one certificate.
class AuthorityFile {
 public:
  explicit AuthorityFile(const Identity& identity);
  ~AuthorityFile();
  AuthorityFile(const AuthorityFile&) = delete;
  AuthorityFile& operator=(const AuthorityFile&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

enum class TlsVersion { tls_1_1, tls_1_2, tls_1_3 };

struct FakeTlsPolicy {
  TlsVersion most = TlsVersion::tls_1_3;
  std::string protocol = "dot";  // the one it picks if it is offered
  bool silent = false;           // takes what comes and says nothing
};

/// What the connections of one server share; outlives them.
class FakeTlsContext {
 public:
  explicit FakeTlsContext(const Identity& identity, FakeTlsPolicy policy = {});

  [[nodiscard]] SSL_CTX* get() const noexcept { return context_.get(); }

  [[nodiscard]] const FakeTlsPolicy& policy() const noexcept { return policy_; }

  void change(FakeTlsPolicy policy) { policy_ = std::move(policy); }

 private:
  FakeTlsPolicy policy_;
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>> context_;
};

/// One connection.
class FakeTls {
 public:
  explicit FakeTls(FakeTlsContext& context);

  /// Appends what the client says to `plain`. False: TLS is over.
  [[nodiscard]] bool receive(const Message& bytes, Message& plain);
  void send(const Message& plain);
  void close();
  [[nodiscard]] Message take_output();

  /// What ALPN came to.
  [[nodiscard]] std::string protocol() const;

 private:
  FakeTlsContext& context_;
  std::unique_ptr<SSL, Freed<SSL, SSL_free>> ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
};

}  // namespace holdfast::test
