#include "net/tls_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <new>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <system_error>
#include <utility>

#include "base/endpoint.h"

namespace holdfast {
namespace {

/// At once into OpenSSL's buffers and out of them, which stay as large as they ever were.
constexpr std::size_t kPiece = 4096;

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

/// The protocol as ALPN has it: its length before it (RFC 7301 3.1).
bool offer_protocol(SSL* ssl, std::string_view protocol) {
  if (protocol.empty()) return true;
  std::vector<unsigned char> list{static_cast<unsigned char>(protocol.size())};
  list.insert(list.end(), protocol.begin(), protocol.end());
  return SSL_set_alpn_protos(ssl, list.data(), static_cast<unsigned>(list.size())) == 0;
}

SpkiPin pin_of(X509* certificate) {
  SpkiPin pin{};
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size > 0) {
    EVP_Digest(der, static_cast<std::size_t>(size), pin.data(), nullptr, EVP_sha256(), nullptr);
  }
  OPENSSL_free(der);
  return pin;
}

/// As the configuration has it.
std::string print_pin(const SpkiPin& pin) {
  std::array<unsigned char, 48> text{};
  const int size = EVP_EncodeBlock(text.data(), pin.data(), static_cast<int>(pin.size()));
  return "sha256/" + std::string(text.begin(), text.begin() + size);
}

/// When it ends, in Unix seconds; 0 if that makes no sense.
std::int64_t end_of(const X509* certificate) noexcept {
  std::tm end{};
  return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1 ? ::timegm(&end) : 0;
}

/// "" if a file can be read; else why not, which OpenSSL does not tell.
std::string reading_fault(const std::string& file) {
  errno = 0;
  if (const std::ifstream in(file); in) return {};
  return std::generic_category().message(errno);
}

}  // namespace

/// OpenSSL's call when a server gives a session; 1: it is ours now.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  if (auto* client = static_cast<TlsClient*>(SSL_get_ex_data(ssl, 0))) {
    client->session_.reset(session);
    return 1;
  }
  return 0;
}

void TlsSessionFree::operator()(SSL_SESSION* session) const noexcept {
  SSL_SESSION_free(session);
}

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
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  // Sessions are kept by whoever connects, who knows to whom they belong.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return take_error();
  } else if (std::string fault = reading_fault(ca_file); !fault.empty()) {
    return fault;
  } else if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
    return take_error();
  }
  return made;
}

std::string TlsContext::fault_of(const std::string& ca_file) {
  auto opened = open(ca_file);
  auto* fault = std::get_if<std::string>(&opened);
  return fault == nullptr ? std::string() : std::move(*fault);
}

TlsClient::TlsClient(const TlsContext& context, TlsPeer peer)
    : peer_(std::move(peer)),
      ssl_(SSL_new(context.get()), SSL_free),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())) {
  if (ssl_ == nullptr || in_ == nullptr || out_ == nullptr) {
    BIO_free(in_);
    BIO_free(out_);
    throw std::bad_alloc();
  }
  SSL_set_bio(ssl_.get(), in_, out_);
  SSL_set_connect_state(ssl_.get());
  SSL_set_ex_data(ssl_.get(), 0, this);
  if (!expect_host(ssl_.get(), peer_.host) || !offer_protocol(ssl_.get(), peer_.protocol)) {
    fail(TlsFault::failed, "no host that a certificate could be for");
  }
}

/// A session whose connection ended without a word would not be taken up again.
TlsClient::~TlsClient() {
  if (established_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void TlsClient::resume(const TlsSession& session) {
  if (session) SSL_set_session(ssl_.get(), session.get());
}

bool TlsClient::resumed() const noexcept {
  return SSL_session_reused(ssl_.get()) == 1;
}

std::int64_t TlsClient::certificates_end() const noexcept {
  if (resumed()) return 0;
  const auto* chain = reinterpret_cast<const OPENSSL_STACK*>(SSL_get0_verified_chain(ssl_.get()));
  std::int64_t first = 0;
  for (int i = 0; i < OPENSSL_sk_num(chain); ++i) {
    const std::int64_t end = end_of(static_cast<X509*>(OPENSSL_sk_value(chain, i)));
    if (first == 0 || (end != 0 && end < first)) first = end;
  }
  return first;
}

TlsSession TlsClient::take_session() noexcept {
  return established_ ? std::move(session_) : nullptr;
}

bool TlsClient::start() {
  return fault_.empty() && handshake();
}

bool TlsClient::receive(std::span<const std::uint8_t> bytes,
                        FunctionRef<void(std::span<const std::uint8_t>)> on_plain) {
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), kPiece))) {
    if (!receive_piece(bytes.first(std::min(bytes.size(), kPiece)), on_plain)) return false;
  }
  return true;
}

bool TlsClient::receive_piece(std::span<const std::uint8_t> piece,
                              FunctionRef<void(std::span<const std::uint8_t>)> on_plain) {
  const int size = static_cast<int>(piece.size());
  if (BIO_write(in_, piece.data(), size) != size) return fail(TlsFault::failed, "no memory");
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

bool TlsClient::send(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& out) {
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), kPiece))) {
    ERR_clear_error();
    // Memory takes everything: a write is whole, or the connection is over.
    const int size = static_cast<int>(std::min(bytes.size(), kPiece));
    const int n = SSL_write(ssl_.get(), bytes.data(), size);
    if (n != size) return only_waits(n);
    take_output(out);
  }
  return true;
}

void TlsClient::close() noexcept {
  ERR_clear_error();
  if (established_) SSL_shutdown(ssl_.get());
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
  if (done != 1) return only_waits(done);
  // Who gave the session that was taken up had such a key.
  if (!resumed() && !is_pinned()) return false;
  if (peer_.must_speak && !speaks()) return false;
  return established_ = true;
}

bool TlsClient::speaks() {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  if (std::string_view(reinterpret_cast<const char*>(chosen), size) == peer_.protocol) return true;
  return fail(TlsFault::failed, "the server does not speak " + std::string(peer_.protocol));
}

bool TlsClient::is_pinned() {
  if (peer_.pins.empty()) return true;
  const auto* chain = reinterpret_cast<const OPENSSL_STACK*>(SSL_get0_verified_chain(ssl_.get()));
  std::string leaf;
  for (int i = 0; i < OPENSSL_sk_num(chain); ++i) {
    const SpkiPin pin = pin_of(static_cast<X509*>(OPENSSL_sk_value(chain, i)));
    if (std::ranges::find(peer_.pins, pin) != peer_.pins.end()) return true;
    if (i == 0) leaf = print_pin(pin);
  }
  return fail(TlsFault::pin, "the certificate is good, but not pinned; its pin is " + leaf);
}

bool TlsClient::fail(TlsFault kind, std::string why) {
  kind_ = kind;
  fault_ = std::move(why);
  return false;
}

bool TlsClient::only_waits(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
  if (error == SSL_ERROR_ZERO_RETURN) return false;
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict == X509_V_OK || established_) return fail(TlsFault::failed, take_error());
  ERR_clear_error();
  std::string why =
      std::string("the certificate is refused: ") + X509_verify_cert_error_string(verdict);
  const bool other =
      verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
  if (other) why += ": it is not for " + peer_.host;
  return fail(TlsFault::certificate, std::move(why));
}

}  // namespace holdfast
