#include "net/tls_client.h"

#include <array>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/endpoint.h"

namespace holdfast {
namespace {

/// The first entry of OpenSSL's queue, which is then empty.
std::string take_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "TLS failed" : reason;
}

/// The certificate must be for this host; a name is also told to the server (RFC 6066 3).
bool expect_host(SSL* ssl, const std::string& host) {
  if (parse_ip(host)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // The macro for this, SSL_set_tlsext_host_name, casts as C does.
  const long told = SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                             const_cast<char*>(host.c_str()));
  return told == 1 && SSL_set1_host(ssl, host.c_str()) == 1;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const noexcept {
  SSL_CTX_free(context);
}

std::variant<TlsContext, std::string> TlsContext::open(const std::string& ca_file) {
  TlsContext made;
  made.context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = made.get();
  if (context == nullptr) return take_error();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return take_error();
  } else if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
    return take_error();
  }
  return made;
}

TlsClient::TlsClient(const TlsContext& context, const std::string& host)
    : ssl_(SSL_new(context.get()), SSL_free) {
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  if (ssl_ == nullptr || in_ == nullptr || out_ == nullptr) {
    BIO_free(in_);
    BIO_free(out_);
    throw std::bad_alloc();
  }
  SSL_set_bio(ssl_.get(), in_, out_);
  SSL_set_connect_state(ssl_.get());
  if (!expect_host(ssl_.get(), host)) fault_ = "no host that a certificate could be for";
}

TlsClient::~TlsClient() = default;

bool TlsClient::start() {
  return fault_.empty() && handshake();
}

bool TlsClient::receive(std::span<const std::uint8_t> bytes,
                        FunctionRef<void(std::span<const std::uint8_t>)> on_plain) {
  if (BIO_write(in_, bytes.data(), static_cast<int>(bytes.size())) !=
      static_cast<int>(bytes.size())) {
    fault_ = "no memory";
    return false;
  }
  if (!established_ && !handshake()) return false;
  if (!established_) return true;
  std::array<std::uint8_t, 16'384> plain;  // a record's most
  for (;;) {
    ERR_clear_error();
    const int n = SSL_read(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
    if (n <= 0) return only_waits(n);
    on_plain(std::span(plain).first(static_cast<std::size_t>(n)));
  }
}

bool TlsClient::send(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return true;
  ERR_clear_error();
  // Memory takes everything: a write is whole, or the connection is over.
  const int n = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  return n == static_cast<int>(bytes.size()) || only_waits(n);
}

void TlsClient::take_output(std::vector<std::uint8_t>& out) {
  const std::size_t waiting = BIO_ctrl_pending(out_);
  if (waiting == 0) return;
  const std::size_t before = out.size();
  out.resize(before + waiting);
  const int n = BIO_read(out_, out.data() + before, static_cast<int>(waiting));
  out.resize(before + static_cast<std::size_t>(n < 0 ? 0 : n));
}

bool TlsClient::handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  established_ = done == 1;
  return established_ || only_waits(done);
}

bool TlsClient::only_waits(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
  if (error == SSL_ERROR_ZERO_RETURN) return false;
  const long verdict = SSL_get_verify_result(ssl_.get());
  fault_ = verdict == X509_V_OK || established_ ? take_error()
                                                : std::string("the certificate is refused: ") +
                                                      X509_verify_cert_error_string(verdict);
  ERR_clear_error();
  return false;
}

}  // namespace holdfast
