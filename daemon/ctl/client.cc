#include "daemon/ctl/client.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "net/owned_fd.h"

namespace holdfast::ctl {
namespace {

constexpr timeval kPatience{15, 0};  // `why` may take the whole lookup deadline

std::error_code last_error() {
  return {errno, std::generic_category()};
}

bool send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

Result<std::string> ask(const std::string& path, const std::string& line) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return make_error_code(std::errc::filename_too_long);
  std::memcpy(address.sun_path, path.data(), path.size());
  const OwnedFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return last_error();
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  const void* generic = &address;
  if (::connect(fd.get(), static_cast<const sockaddr*>(generic), sizeof address) != 0) {
    return last_error();
  }
  if (!send_all(fd.get(), line + "\n")) return last_error();
  std::string reply;
  std::array<char, 65536> buffer{};
  while (reply.find('\n') == std::string::npos) {
    const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EAGAIN) return make_error_code(std::errc::timed_out);
    if (got < 0) return last_error();
    if (got == 0) return make_error_code(std::errc::connection_reset);
    reply.append(buffer.data(), static_cast<std::size_t>(got));
  }
  reply.resize(reply.find('\n'));
  return reply;
}

std::string explain_error(const std::error_code& error, const std::string& path) {
  if (error == std::errc::timed_out) {
    return "holdfastd at " + path + " has not answered within " + std::to_string(kPatience.tv_sec) +
           " s; what it was asked for may still be done: see its log";
  }
  const std::string why = "cannot reach holdfastd at " + path + ": " + error.message();
  if (error == std::errc::permission_denied) {
    return why + "; root may, and who has holdfastd's user or group";
  }
  return why + "; is it running? (--socket names another socket)";
}

}  // namespace holdfast::ctl
