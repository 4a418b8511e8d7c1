#include "tests/support/fake_tls.h"

#include <array>
#include <cstdio>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace holdfast::test {
namespace {

int version_of(TlsVersion version) {
  switch (version) {
    case TlsVersion::tls_1_1:
      return TLS1_1_VERSION;
    case TlsVersion::tls_1_2:
      return TLS1_2_VERSION;
    case TlsVersion::tls_1_3:
      return TLS1_3_VERSION;
  }
  return 0;
}

/// ALPN's list has a length before each name (RFC 7301 3.1).
std::size_t find_protocol(const std::string& wanted, const std::string& offered) {
  const auto at = offered.find(static_cast<char>(wanted.size()) + wanted);
  return wanted.empty() || at == std::string::npos ? std::string::npos : at + 1;
}

}  // namespace

SpkiPin Identity::pin() const {
  SpkiPin pin{};
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  EVP_Digest(der, static_cast<std::size_t>(size), pin.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  return pin;
}

Identity make_identity(const std::string& names, long from) {
  Identity made{decltype(Identity::key)(EVP_EC_gen("P-256")),
                decltype(Identity::certificate)(X509_new())};
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

AuthorityFile::AuthorityFile(const Identity& identity)
    : path_(std::filesystem::temp_directory_path() /
            ("holdfast-ca-" + std::to_string(::getpid()) + "-" +
             std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ".pem")) {
  std::FILE* file = std::fopen(path_.c_str(), "w");
  PEM_write_X509(file, identity.certificate.get());
  std::fclose(file);
}

AuthorityFile::~AuthorityFile() {
  std::filesystem::remove(path_);
}

FakeTlsContext::FakeTlsContext(const Identity& identity, FakeTlsPolicy policy)
    : policy_(std::move(policy)), context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX* context = get();
  if (policy_.most == TlsVersion::tls_1_1) {  // Debian's OpenSSL has to be talked into it
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_1_VERSION);
  }
  SSL_CTX_set_max_proto_version(context, version_of(policy_.most));
  SSL_CTX_use_certificate(context, identity.certificate.get());
  SSL_CTX_use_PrivateKey(context, identity.key.get());
  SSL_CTX_set_alpn_select_cb(
      context,
      [](SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
         unsigned offered_size, void* self) {
        const std::string& wanted = static_cast<const FakeTlsContext*>(self)->policy().protocol;
        const auto at = find_protocol(
            wanted, std::string(reinterpret_cast<const char*>(offered), offered_size));
        if (at == std::string::npos) return SSL_TLSEXT_ERR_NOACK;
        *chosen = offered + at;
        *size = static_cast<unsigned char>(wanted.size());
        return SSL_TLSEXT_ERR_OK;
      },
      this);
}

FakeTls::FakeTls(FakeTlsContext& context) : context_(context), ssl_(SSL_new(context.get())) {
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), in_, out_);
  SSL_set_accept_state(ssl_.get());
}

bool FakeTls::receive(const Message& bytes, Message& plain) {
  if (context_.policy().silent) return true;
  if (!bytes.empty()) BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
  if (SSL_is_init_finished(ssl_.get()) == 0) SSL_do_handshake(ssl_.get());
  std::array<std::uint8_t, 16'384> piece;
  int n = 0;
  while ((n = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()))) > 0)
    plain.insert(plain.end(), piece.begin(), piece.begin() + n);
  return SSL_get_error(ssl_.get(), n) == SSL_ERROR_WANT_READ;
}

void FakeTls::send(const Message& plain) {
  if (!plain.empty()) SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
}

void FakeTls::close() {
  SSL_shutdown(ssl_.get());
}

Message FakeTls::take_output() {
  Message out(BIO_ctrl_pending(out_));
  if (!out.empty()) BIO_read(out_, out.data(), static_cast<int>(out.size()));
  return out;
}

std::string FakeTls::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace holdfast::test
