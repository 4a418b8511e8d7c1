// ControlSocket: the Unix socket holdfastctl talks to: one JSON request a line, one JSON reply a
// line. It knows peers, sizes and time-outs; what requests do is its handler's business. Control
// thread.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <sys/types.h>

#include "control/request.h"
#include "net/asio.h"
#include "net/event_loop.h"

namespace holdfast {

class ControlSocket {
 public:
  static constexpr std::size_t kConnections = 32;
  static constexpr std::size_t kStrangers = 4;  // of these for users who may nothing
  static constexpr std::size_t kLongestRequest = std::size_t{64} * 1024;
  static constexpr Duration kRefusalPause =
      10s;  // between lines of the log about those who may not
  static constexpr std::chrono::seconds kIdle{30};  // for a request to come, or a reply to be taken

  /// To be called once, with one line, on the control thread; later is fine.
  using Answer = std::function<void(std::string)>;
  using Handler = std::function<void(const Request&, Answer)>;

  ControlSocket(EventLoop& loop, Handler handler);
  ~ControlSocket();

  /// Makes the socket (0666: who may what is decided by who asks, so that those who may not are
  /// told and logged) and its folder (0755) if it is missing. A socket file that nobody listens on
  /// is replaced. "" or one line that says what to do.
  [[nodiscard]] std::string open(const std::string& path);
  /// Hangs up on everybody and removes the file if it is still ours.
  void close();

 private:
  struct Session;

  [[nodiscard]] std::string bind(const std::string& path);
  static void expect_progress(const std::shared_ptr<Session>& session);
  asio::awaitable<void> accept_loop();
  asio::awaitable<void> serve(std::shared_ptr<Session> session);
  void handle(const std::shared_ptr<Session>& session, std::string_view line);
  [[nodiscard]] bool has_room_for(const Session& session) const;
  void tell_refusal(const std::string& what, uid_t uid);

  EventLoop& loop_;
  Handler handler_;
  asio::local::stream_protocol::acceptor acceptor_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::string path_;
  dev_t device_ = 0;  // of the file we made
  ino_t inode_ = 0;
  TimePoint refusals_from_{};  // the next one is told from then on
};

}  // namespace holdfast
