// DohSession: HTTP/2 (RFC 9113) as a client that posts DNS messages (RFC 8484), without a socket:
// bytes in, bytes out, ended requests handed over. nghttp2 behind it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "dns/wire_reader.h"
#include "upstream/outcome.h"

struct nghttp2_session;

namespace holdfast {

/// How one request ended.
struct DohEnd {
  std::uint16_t id = 0;  // of the query
  dns::Bytes message;    // with that id, its TTLs lowered by its age; empty: see failure
  Outcome failure = Outcome::closed;
};

/// Of one connection; stays where it is made.
class DohSession {
 public:
  /// `authority` is the url's host, and port if it is not 443; `path` begins with a slash.
  DohSession(std::string authority, std::string path);
  ~DohSession();
  DohSession(const DohSession&) = delete;
  DohSession& operator=(const DohSession&) = delete;

  /// The server would let one more request begin now.
  [[nodiscard]] bool has_room() const noexcept;

  /// Takes a query; it goes out with the next output. False: no further one.
  [[nodiscard]] bool post(dns::Bytes query);

  /// Forgets a query: nobody waits for its answer any more.
  void cancel(std::uint16_t id);

  /// Bytes of the server's. False: this is not HTTP/2, or the session is over, see fault().
  /// on_end is told of each request that ended, and may post() and cancel().
  [[nodiscard]] bool receive(dns::Bytes bytes, FunctionRef<void(const DohEnd&)> on_end);

  /// Appends what is to be sent.
  void take_output(std::vector<std::uint8_t>& out);

  /// Nothing more will come, see fault(): what take_output() gave is the last there is to say.
  [[nodiscard]] bool over() const noexcept { return over_; }

  /// The server takes no further requests.
  [[nodiscard]] bool going_away() const noexcept { return going_away_; }

  /// What was wrong with the server last, in one line; "" if nothing was.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  /// The server broke the protocol, and fault() says how; else the end was an orderly one.
  [[nodiscard]] bool broken() const noexcept { return broken_; }

 private:
  struct Request;
  struct Hooks;
  using Requests = std::map<std::int32_t, std::unique_ptr<Request>>;

  void on_header(Request& request, std::string_view name, std::string_view value);
  void on_data(std::int32_t stream, Request& request, dns::Bytes data);
  void end(std::int32_t stream, std::uint32_t error);
  [[nodiscard]] Outcome judge(Request& request);
  Outcome blame(Outcome outcome, std::string why);

  std::string authority_, path_;
  std::unique_ptr<nghttp2_session, void (*)(nghttp2_session*)> session_;
  Requests requests_;  // by stream
  std::vector<std::unique_ptr<Request>> ended_;
  bool going_away_ = false;
  bool over_ = false;
  bool broken_ = false;
  std::string fault_;
};

}  // namespace holdfast
