// FakeHttp2: the server's side of DNS over HTTPS, without a socket.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nghttp2/nghttp2.h>
#include <string>
#include <vector>

#include "tests/support/fake_tls.h"

namespace holdfast::test {

/// A request as it arrived whole.
struct FakeRequest {
  std::int32_t stream = 0;
  std::map<std::string, std::string> headers;
  Message body;
};

struct FakeResponse {
  unsigned status = 200;
  std::string type = "application/dns-message";
  std::string age;  // "" for none
  Message body;
};

class FakeHttp2 {
 public:
  explicit FakeHttp2(std::function<void(const FakeRequest&)> on_request);

  /// False: the client does not speak HTTP/2.
  [[nodiscard]] bool receive(const Message& bytes);
  void respond(std::int32_t stream, FakeResponse response);
  /// Ends the stream without an answer.
  void reset(std::int32_t stream, std::uint32_t error = NGHTTP2_INTERNAL_ERROR);
  /// Takes no streams after `last`.
  void go_away(std::int32_t last);
  /// SETTINGS_MAX_CONCURRENT_STREAMS.
  void limit_streams(std::uint32_t most);
  [[nodiscard]] Message take_output();

  /// Streams that the client has reset.
  unsigned resets = 0;

 private:
  struct Hooks;

  struct Body {
    Message bytes;
    std::size_t sent = 0;
  };

  void on_frame(const nghttp2_frame& frame);

  std::function<void(const FakeRequest&)> on_request_;
  std::unique_ptr<nghttp2_session, Freed<nghttp2_session, nghttp2_session_del>> session_;
  std::map<std::int32_t, FakeRequest> requests_;
  std::map<std::int32_t, Body> bodies_;
  std::vector<FakeRequest> whole_;
};

}  // namespace holdfast::test
