// ProxyTunnel: how a connection to an HTTP proxy becomes one to the server behind it (CONNECT,
// RFC 9110 9.3.6, in HTTP/1.1), without a socket: bytes in, a verdict out.
#pragma once

#include <string>

#include "base/endpoint.h"
#include "dns/wire_reader.h"

namespace holdfast {

class ProxyTunnel {
 public:
  enum class State : std::uint8_t { asked, open, refused };

  explicit ProxyTunnel(const Endpoint& server);

  /// What the proxy is to be sent first.
  [[nodiscard]] const std::string& request() const noexcept { return request_; }

  /// Takes what the proxy says, while `asked`. `open`: from here on the bytes are the server's, who
  /// has said nothing yet, as in TLS the client begins. `refused`: see fault().
  State receive(dns::Bytes bytes);

  [[nodiscard]] State state() const noexcept { return state_; }

  /// Why there will be no tunnel, in one line; "" while there is no reason.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  State refuse(std::string why);

  std::string request_;
  std::string said_;  // the head of the proxy's response, as far as it came
  State state_ = State::asked;
  std::string fault_;
};

}  // namespace holdfast
