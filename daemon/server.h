// Server: the composition root. Makes everything, runs it until a signal, takes it down; the order
// of start and stop stands in one function each.
#pragma once

#include <memory>
#include <string>

#include "config/load.h"
#include "daemon/control_plane.h"
#include "daemon/control_socket.h"
#include "daemon/http_server.h"
#include "daemon/options.h"
#include "daemon/service.h"

namespace holdfast {

class Server {
 public:
  explicit Server(const std::string& config_path) : service_(config_path) {}

  ~Server();

  /// Until SIGTERM or SIGINT. Says on the log why it did not start.
  [[nodiscard]] Exit run();

 private:
  /// Each gives "" or one line that says what to do.
  [[nodiscard]] std::string start(const LoadedConfig& loaded);
  [[nodiscard]] std::string make_shared_parts();
  [[nodiscard]] std::string make_fleet();
  [[nodiscard]] std::string make_workers();
  [[nodiscard]] std::string start_workers();
  [[nodiscard]] std::string open_control();
  [[nodiscard]] std::string open_http();
  void start_store();
  void warn_of_descriptors() const;
  void begin_stop();
  void take_down();
  void network_changed(Upheaval why);
  void beat(std::uint64_t number, TimePoint now);
  void each_second(TimePoint now);
  [[nodiscard]] bool is_alive(TimePoint now) const;
  [[nodiscard]] bool workers_tick(TimePoint now) const;

  Service service_;
  std::unique_ptr<ControlSocket> control_;
  std::unique_ptr<HttpServer> http_;
  std::uint32_t query_log_left_ = 0;  // lines, in this second
  TimePoint resumed_ = kNever;        // when the machine last did
};

}  // namespace holdfast
