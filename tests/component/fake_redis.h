// FakeRedis: a server on loopback that speaks as much Redis as a fleet
// needs, on the test's own loop, and does what the test wants instead.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/event_loop.h"

namespace holdfast::test {

class FakeRedis {
 public:
  using Command = std::vector<std::string>;
  /// The reply to a command as it goes over the wire; nothing for "".
  using Handler = std::function<std::string(const Command&)>;

  explicit FakeRedis(EventLoop& loop);
  /// Closes everything; the loop is drained.
  ~FakeRedis();

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  /// What AUTH, SELECT, PING, SET and GETRANGE should do.
  [[nodiscard]] std::string obey(const Command& command);

  void close_connections();

  Handler handler;                          // obey() at first
  std::map<std::string, std::string> data;  // by name
  std::vector<Command> commands;            // all that came
  std::size_t accepted = 0;

 private:
  using Socket = std::shared_ptr<asio::ip::tcp::socket>;

  asio::awaitable<void> accept_loop();
  asio::awaitable<void> serve(Socket socket);
  [[nodiscard]] std::string take(std::string& input);

  EventLoop& loop_;
  asio::ip::tcp::acceptor acceptor_;
  std::vector<Socket> sockets_;
};

}  // namespace holdfast::test
