// HttpServer: the loopback HTTP port: /metrics, /livez, /readyz, /status, /status.txt,
// /api/v1/status. Reads
// what others published, on threads of its own; it can neither change anything nor make a worker
// wait. Who may ask: clients that name a loopback host, by GET or HEAD.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/endpoint.h"

namespace holdfast {

/// Where what is served comes from. Called on HTTP threads, several at a time. /status is the same
/// page always; whoever does not ask for HTML gets the text.
struct HttpPages {
  std::function<std::string()> metrics;
  std::function<std::string()> status_json;
  std::function<std::string()> status_text;
  std::function<bool()> live;
  std::function<bool()> ready;
};

class HttpServer {
 public:
  explicit HttpServer(HttpPages pages);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Takes the port (0: any free one) and begins to serve. "" or one line that says what to do.
  [[nodiscard]] std::string start(const Endpoint& endpoint);
  /// Ends the requests running; slow clients are waited for, at most about two seconds.
  void stop();

  /// What is listened on, once started.
  [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  class Routes;
  std::unique_ptr<Routes> routes_;
  std::thread thread_;
  Endpoint endpoint_;
};

}  // namespace holdfast
