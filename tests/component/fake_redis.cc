#include "fake_redis.h"

#include <utility>

namespace holdfast::test {
namespace {

/// The whole command that `input` begins with, which is taken off; empty if there is none yet.
FakeRedis::Command next_command(std::string& input) {
  FakeRedis::Command command;
  if (!input.starts_with('*')) return {};
  std::size_t at = input.find("\r\n");
  if (at == std::string::npos) return {};
  const int words = std::stoi(input.substr(1));
  at += 2;
  for (int i = 0; i < words; ++i) {
    const std::size_t end = input.find("\r\n", at);
    if (end == std::string::npos) return {};
    const auto size = static_cast<std::size_t>(std::stoi(input.substr(at + 1)));
    if (input.size() < end + 2 + size + 2) return {};
    command.push_back(input.substr(end + 2, size));
    at = end + 2 + size + 2;
  }
  input.erase(0, at);
  return command;
}

}  // namespace

FakeRedis::FakeRedis(EventLoop& loop)
    : handler([this](const Command& command) { return obey(command); }),
      loop_(loop),
      acceptor_(loop.context(), {asio::ip::address_v4::loopback(), 0}) {
  asio::co_spawn(loop.context(), accept_loop(), asio::detached);
}

FakeRedis::~FakeRedis() {
  asio::error_code ignored;
  acceptor_.close(ignored);
  close_connections();
  loop_.drain();
}

std::string FakeRedis::obey(const Command& command) {
  const std::string& word = command.front();
  if (word == "PING") return "+PONG\r\n";
  if (word == "AUTH" || word == "SELECT") return "+OK\r\n";
  if (word == "SET") {
    data[command.at(1)] = command.at(2);
    return "+OK\r\n";
  }
  if (word == "GETRANGE") {
    const std::string value = data[command.at(1)].substr(0, std::stoul(command.at(3)) + 1);
    return '$' + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  }
  return "-ERR unknown command\r\n";
}

void FakeRedis::close_connections() {
  asio::error_code ignored;
  for (const Socket& socket : sockets_)
    socket->close(ignored);
  sockets_.clear();
}

asio::awaitable<void> FakeRedis::accept_loop() {
  for (;;) {
    auto socket = std::make_shared<asio::ip::tcp::socket>(loop_.context());
    auto [error] = co_await acceptor_.async_accept(*socket, use_result);
    if (error) co_return;
    ++accepted;
    sockets_.push_back(socket);
    asio::co_spawn(loop_.context(), serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> FakeRedis::serve(Socket socket) {
  std::string input;
  std::array<char, 16'384> buffer;
  for (;;) {
    auto [error, size] = co_await socket->async_read_some(asio::buffer(buffer), use_result);
    if (error) co_return;
    input.append(buffer.data(), size);
    const std::string output = take(input);
    auto [failed, written] = co_await asio::async_write(*socket, asio::buffer(output), use_result);
    if (failed) co_return;
  }
}

/// The replies to all whole commands.
std::string FakeRedis::take(std::string& input) {
  std::string output;
  for (Command command = next_command(input); !command.empty(); command = next_command(input)) {
    commands.push_back(command);
    output += handler(command);
  }
  return output;
}

}  // namespace holdfast::test
