// HttpClient: requests to web servers, of one thread, on its event loop: HTTP/1.1 or 2, connections
// kept and shared, bounded in time and size. It follows no redirect, uses no proxy, keeps no cookie
// and resolves no name: whoever asks says where the host is. The one room that knows libcurl.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/timer_queue.h"
#include "net/event_loop.h"
#include "net/upstream_poller.h"

namespace holdfast {

struct HttpRequest {
  enum class Method : std::uint8_t { post, get };
  Method method = Method::post;
  std::string url;   // http:// or https://; may hold a secret
  std::string host;  // of the url
  std::uint16_t port = 443;
  // Of the host. No connection goes anywhere else, whatever libcurl makes of the url.
  std::vector<IpAddress> addresses;
  std::string ca_file;                                // "": the system's authorities
  std::vector<std::string> headers;                   // "Name: value"
  std::string body;                                   // if posted
  Duration patience = 1s;                             // for all of it
  std::size_t most_bytes = std::size_t{1024} * 1024;  // of the response's body
};

struct HttpReply {
  enum class End : std::uint8_t {
    answered,     // there is a status
    unreachable,  // no connection, no TLS, or it broke; why says which
    timed_out,
    too_large,
  };
  End end = End::unreachable;
  unsigned status = 0;
  std::string body;
  std::optional<Duration> retry_after;
  const char* why = "";  // for a log; never with the url in it
};

/// What one client takes on at a time.
struct HttpLimits {
  std::size_t requests = 4096;
  // Over HTTP/1.1 each carries one request at a time.
  long connections_per_host = 8;
  long connections = 128;
};

/// Names a request until it is told of. Never used twice.
enum class HttpId : std::uint64_t {};

class HttpClient final : private TimerClient {
 public:
  using Done = std::function<void(const HttpReply&, TimePoint)>;

  /// std::system_error if the kernel gives no descriptor, std::runtime_error if libcurl gives
  /// nothing. The loop outlives this object.
  explicit HttpClient(EventLoop& loop, const HttpLimits& limits = {});
  /// Precondition: closed, and the loop drained.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// `done` is called once, from the loop, unless the request is cancelled; never from in here.
  /// nullopt: no memory, or more requests than are allowed at a time.
  [[nodiscard]] std::optional<HttpId> start(const HttpRequest& request, Done done);

  /// A stale id is ignored.
  void cancel(HttpId id) noexcept;

  [[nodiscard]] std::size_t in_flight() const noexcept;

  [[nodiscard]] TimePoint now() noexcept { return loop_.now(); }

  /// Ends for good, without a call back.
  void close() noexcept;

 private:
  struct Curl;  // libcurl's side

  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  void on_ready(std::uint64_t token, std::uint32_t what);
  void on_socket(int fd, int what, bool known);
  void on_alarm(long in_ms);
  void act(int fd, int what);
  void finish_ended();

  EventLoop& loop_;
  const std::size_t most_requests_;
  UpstreamPoller poller_;
  std::unique_ptr<Curl> curl_;
  TimerId alarm_;
  std::uint64_t last_id_ = 0;
};

}  // namespace holdfast
