#include "net/proxy_tunnel.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace holdfast {
namespace {

constexpr std::size_t kMostHead = 8192;  // bytes of a response's

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// "200 OK" of "HTTP/1.1 200 OK"; "" if this is no status line.
std::string_view status_of(std::string_view line) noexcept {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kStatusAt = kVersion.size() + 2;  // behind the minor version and a space
  if (!line.starts_with(kVersion) || line.size() < kStatusAt + 3) return {};
  const std::string_view status = line.substr(kStatusAt);
  const bool numbered = std::ranges::all_of(status.substr(0, 3), is_digit);
  return is_digit(line[kVersion.size()]) && line[kStatusAt - 1] == ' ' && numbered
             ? status
             : std::string_view();
}

/// For a log: a proxy may say anything.
std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string shown(text.substr(0, kLongest));
  std::ranges::replace_if(
      shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return shown;
}

}  // namespace

ProxyTunnel::ProxyTunnel(const Endpoint& server) {
  const std::string to = server.to_string();
  request_ = "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n\r\n";
}

ProxyTunnel::State ProxyTunnel::receive(dns::Bytes bytes) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  if (state_ != State::asked) return state_;
  said_.append(bytes.begin(), bytes.end());
  const auto end = said_.find(kEnd);
  if (end == std::string::npos) {
    return said_.size() > kMostHead ? refuse("the proxy says too much") : state_;
  }
  const auto status = status_of(std::string_view(said_).substr(0, said_.find("\r\n")));
  if (status.empty()) return refuse("the proxy does not speak HTTP");
  if (status[0] != '2') return refuse("the proxy refuses: " + printable(status));
  if (end + kEnd.size() != said_.size()) return refuse("the proxy speaks where the server should");
  said_.clear();
  said_.shrink_to_fit();
  return state_ = State::open;
}

ProxyTunnel::State ProxyTunnel::refuse(std::string why) {
  fault_ = std::move(why);
  return state_ = State::refused;
}

}  // namespace holdfast
