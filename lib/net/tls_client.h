// TLS as a client, without a socket: ciphertext in, plain bytes out, and the other way round. The
// server's certificate is verified, and that it is for the host that was meant. OpenSSL behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/function_ref.h"

struct ssl_ctx_st;
struct ssl_st;
struct bio_st;

namespace holdfast {

/// Whom we trust. Shared by connections of one thread.
class TlsContext {
 public:
  /// Certificates of authorities in PEM; "" stands for the system's. Else what is wrong with the
  /// file.
  [[nodiscard]] static std::variant<TlsContext, std::string> open(const std::string& ca_file);

  [[nodiscard]] ssl_ctx_st* get() const noexcept { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const noexcept;
  };

  TlsContext() = default;

  std::unique_ptr<ssl_ctx_st, Free> context_;
};

/// One connection.
class TlsClient {
 public:
  /// `host`, a name or an IP address, is what the certificate must be for. The context outlives
  /// this.
  TlsClient(const TlsContext& context, const std::string& host);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Begins the handshake. False: see fault().
  [[nodiscard]] bool start();

  /// Ciphertext of the server's; plain bytes are handed out in pieces. False: the connection is
  /// over, see fault(). on_plain must not destroy this object.
  [[nodiscard]] bool receive(std::span<const std::uint8_t> bytes,
                             FunctionRef<void(std::span<const std::uint8_t>)> on_plain);

  /// Plain bytes for the server. Precondition: established().
  [[nodiscard]] bool send(std::span<const std::uint8_t> bytes);

  /// Appends the ciphertext that is to be sent.
  void take_output(std::vector<std::uint8_t>& out);

  /// The handshake is done, the certificate good.
  [[nodiscard]] bool established() const noexcept { return established_; }

  /// Why it is over, in one line; "" if the server closed it.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  [[nodiscard]] bool handshake();
  /// After a call that gave `result`: is it only that more must come first?
  [[nodiscard]] bool only_waits(int result);

  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  bio_st* in_ = nullptr;   // owned by ssl_
  bio_st* out_ = nullptr;  // likewise
  bool established_ = false;
  std::string fault_;
};

}  // namespace holdfast
