// TLS as a client, without a socket: ciphertext in, plain bytes out, and the other way round. The
// server's certificate is verified, and that it is for the host that was meant. OpenSSL behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/function_ref.h"
#include "upstream/upstream.h"

struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;
struct bio_st;

namespace holdfast {

/// Whom we trust. Shared by connections of any thread.
class TlsContext {
 public:
  /// Certificates of authorities in PEM; "" stands for the system's. Else what is wrong with the
  /// file.
  [[nodiscard]] static std::variant<TlsContext, std::string> open(const std::string& ca_file);

  /// Only what is wrong with the file; "" if nothing.
  [[nodiscard]] static std::string fault_of(const std::string& ca_file);

  [[nodiscard]] ssl_ctx_st* get() const noexcept { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const noexcept;
  };

  TlsContext() = default;

  std::unique_ptr<ssl_ctx_st, Free> context_;
};

struct TlsSessionFree {
  void operator()(ssl_session_st* session) const noexcept;
};

/// What a server gave to be taken up again by the next connection to it (RFC 8446 2.2): that needs
/// no certificates, and is only for whom they were good.
using TlsSession = std::unique_ptr<ssl_session_st, TlsSessionFree>;

/// Whom a connection is to lead to, and what is spoken there.
struct TlsPeer {
  std::string host;           // a name or an IP address: whom the certificate must be for
  std::string_view protocol;  // its ALPN name (RFC 7301), a literal; "": none is offered
  bool must_speak = false;    // without that protocol there is no connection
  std::vector<SpkiPin> pins;  // if any, the verified chain must have one of them
};

/// Where it failed.
enum class TlsFault : std::uint8_t { none, failed, certificate, pin };

/// One connection. It stays where it is made.
class TlsClient {
 public:
  /// The context need not outlive this.
  TlsClient(const TlsContext& context, TlsPeer peer);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Takes up a session of the same peer and context if the server agrees; before start().
  void resume(const TlsSession& session);

  /// Begins the handshake. False: see fault().
  [[nodiscard]] bool start();

  /// Ciphertext of the server's; plain bytes are handed out in pieces. False: the connection is
  /// over, see fault(). on_plain must not destroy this object.
  [[nodiscard]] bool receive(std::span<const std::uint8_t> bytes,
                             FunctionRef<void(std::span<const std::uint8_t>)> on_plain);

  /// Plain bytes for the server; what is to be sent is appended to `out`. Precondition:
  /// established().
  [[nodiscard]] bool send(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& out);

  /// Says that nothing more is sent; take_output() has it.
  void close() noexcept;

  /// Appends the ciphertext that is to be sent.
  void take_output(std::vector<std::uint8_t>& out);

  /// The handshake is done, the certificate good.
  [[nodiscard]] bool established() const noexcept { return established_; }

  /// It took up a session. Precondition: established().
  [[nodiscard]] bool resumed() const noexcept;

  /// When the first of the certificates ends by which the server was verified, in Unix seconds; 0
  /// where a session was taken up: none were shown. Precondition: established().
  [[nodiscard]] std::int64_t certificates_end() const noexcept;

  /// The latest session that the server gave since the last call; null if there is none, or the
  /// server is not yet known to be the right one.
  [[nodiscard]] TlsSession take_session() noexcept;

  /// Why it is over, in one line; "" if the server closed it.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  [[nodiscard]] TlsFault kind_of_fault() const noexcept { return kind_; }

 private:
  friend int keep_session(ssl_st* ssl, ssl_session_st* session);

  [[nodiscard]] bool receive_piece(std::span<const std::uint8_t> piece,
                                   FunctionRef<void(std::span<const std::uint8_t>)> on_plain);
  [[nodiscard]] bool handshake();
  [[nodiscard]] bool is_pinned();
  [[nodiscard]] bool speaks();
  bool fail(TlsFault kind, std::string why);
  /// After a call that gave `result`: is it only that more must come first?
  [[nodiscard]] bool only_waits(int result);

  TlsPeer peer_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  bio_st* in_;   // owned by ssl_
  bio_st* out_;  // likewise
  bool established_ = false;
  TlsSession session_;
  TlsFault kind_ = TlsFault::none;
  std::string fault_;
};

}  // namespace holdfast
