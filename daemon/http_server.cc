#include "daemon/http_server.h"

#include <cerrno>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include <httplib.h>

#include "control/host_header.h"
#include "daemon/request_pool.h"
#include "daemon/resources.h"
#include "daemon/status_page.h"
#include "metrics/exposition.h"
#include "net/descriptor_room.h"
#include "net/owned_fd.h"
#include "net/socket_address.h"

namespace holdfast {
namespace {

constexpr std::size_t kThreads = 3;
constexpr std::size_t kWaiting = 16;      // accepted connections without a thread yet
constexpr time_t kPatience = 1;           // seconds for a client to speak, or to take its answer
constexpr std::size_t kLargestBody = 16;  // nothing here takes a body

constexpr const char* kPolicy = "Content-Security-Policy";
constexpr const char* kPlain = "text/plain; charset=utf-8";

using Handled = httplib::Server::HandlerResponse;

/// As it is, and never compressed, whatever the client would take, which the library does with all
/// that is its own: on loopback it gains nothing, and Brotli takes half a second of processor time
/// for the status of a large configuration, every two seconds for each page that is looked at.
void send(httplib::Response& response, std::string text, const char* type) {
  const auto whole = std::make_shared<const std::string>(std::move(text));
  response.set_content_provider(
      whole->size(), type, [whole](std::size_t at, std::size_t length, httplib::DataSink& sink) {
        return sink.write(whole->data() + at, length);
      });
}

void plain(httplib::Response& response, int status, const char* text) {
  response.status = status;
  send(response, text, kPlain);
}

/// Refuses what no page may see.
Handled guard(const httplib::Request& request, httplib::Response& response) {
  if (request.get_header_value_count("Host") != 1 ||
      !is_loopback_host(request.get_header_value("Host"))) {
    plain(response, 403, "only loopback host names are served\n");
    return Handled::Handled;
  }
  if (request.method != "GET" && request.method != "HEAD") {
    response.set_header("Allow", "GET, HEAD");
    plain(response, 405, "only GET and HEAD\n");
    return Handled::Handled;
  }
  return Handled::Unhandled;
}

/// curl asks for anything, a browser for HTML by name.
bool wants_html(const httplib::Request& request) {
  return request.get_header_value("Accept").find("text/html") != std::string::npos;
}

/// The default policy is for what is no page; two of them would forbid what either forbids.
void send_page(httplib::Response& response) {
  response.headers.erase(kPolicy);
  response.set_header(kPolicy, std::string(status_page_policy()));
  send(response, std::string(status_page()), "text/html; charset=utf-8");
}

/// Not the library's own options: SO_REUSEPORT would hide that the port is taken.
void socket_options(socket_t fd) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

/// Why the library could not bind, which it does not tell.
int bind_error(const Endpoint& endpoint) {
  const SocketAddress address(endpoint);
  const OwnedFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  socket_options(fd.get());
  if (::bind(fd.get(), address.get(), address.size()) != 0) return errno;
  return ::listen(fd.get(), 1) == 0 ? EADDRINUSE : errno;  // it was free the moment after
}

std::string explain(const Endpoint& endpoint, int error) {
  std::string line = "cannot serve HTTP on " + endpoint.to_string() + ": " +
                     std::generic_category().message(error);
  if (error == EADDRINUSE) {
    return line + "; see `ss -ltnp 'sport = :" + std::to_string(endpoint.port) +
           "'`, or set `http` to another port or to \"off\"";
  }
  if (means_no_descriptors(error)) return line + "; " + kRaiseDescriptors;
  return line + "; set `http` to a loopback address and a port above 1023, or to \"off\"";
}

}  // namespace

class HttpServer::Routes {
 public:
  explicit Routes(HttpPages pages) : pages_(std::move(pages)) {
    server.new_task_queue = [] { return new RequestPool(kThreads, kWaiting); };
    server.set_socket_options(socket_options);
    server.set_keep_alive_max_count(1);  // an idle connection must not hold a thread
    server.set_keep_alive_timeout(kPatience);
    server.set_read_timeout(kPatience);
    server.set_write_timeout(kPatience);
    server.set_payload_max_length(kLargestBody);
    server.set_default_headers({{"Cache-Control", "no-store"},
                                {"X-Content-Type-Options", "nosniff"},
                                {"Referrer-Policy", "no-referrer"},
                                {kPolicy, "default-src 'none'; frame-ancestors 'none'"}});
    server.set_pre_routing_handler(guard);
    serve("/metrics", pages_.metrics, kMetricsContentType);
    serve("/api/v1/status", pages_.status_json, "application/json");
    serve("/status.txt", pages_.status_text, kPlain);
    server.Get("/status", [this](const httplib::Request& request, httplib::Response& response) {
      response.set_header("Vary", "Accept");
      if (wants_html(request)) return send_page(response);
      send(response, pages_.status_text(), kPlain);
    });
    judge("/livez", pages_.live);
    judge("/readyz", pages_.ready);
    server.Get("/", [](const httplib::Request&, httplib::Response& response) {
      response.set_redirect("/status");
    });
  }

  httplib::Server server;

 private:
  void serve(const char* path, const std::function<std::string()>& page, const char* type) {
    server.Get(path, [&page, type](const httplib::Request&, httplib::Response& response) {
      send(response, page(), type);
    });
  }

  void judge(const char* path, const std::function<bool()>& question) {
    server.Get(path, [&question](const httplib::Request&, httplib::Response& response) {
      if (question()) {
        plain(response, 200, "ok\n");
      } else {
        plain(response, 503, "no\n");
      }
    });
  }

  HttpPages pages_;
};

HttpServer::HttpServer(HttpPages pages) : routes_(std::make_unique<Routes>(std::move(pages))) {}

HttpServer::~HttpServer() {
  stop();
}

std::string HttpServer::start(const Endpoint& endpoint) {
  const std::string host = endpoint.address.to_string();
  httplib::Server& server = routes_->server;
  int port = endpoint.port;
  bool bound = false;
  if (port == 0) {
    port = server.bind_to_any_port(host);
    bound = port > 0;
  } else {
    bound = server.bind_to_port(host, port);
  }
  if (!bound) return explain(endpoint, bind_error(endpoint));
  endpoint_ = {endpoint.address, static_cast<std::uint16_t>(port)};
  thread_ = std::thread([this] { routes_->server.listen_after_bind(); });
  while (!server.is_running())
    std::this_thread::yield();  // stop() before that would be lost
  return {};
}

void HttpServer::stop() {
  if (!thread_.joinable()) return;
  routes_->server.stop();
  thread_.join();
}

}  // namespace holdfast
