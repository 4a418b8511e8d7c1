#include "net/socket_buffers.h"

#include <cstdint>
#include <sys/socket.h>

#include "base/units.h"

namespace holdfast {
namespace {

int size_of(int fd, int name) noexcept {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  return ::getsockopt(fd, SOL_SOCKET, name, &bytes, &size) == 0 ? bytes : 0;
}

/// The kernel doubles what it is told. What is larger already is left: sockets from systemd have
/// what the administrator wrote into their unit, and hold it while nobody reads.
void set_size(int fd, int name, int forced, int bytes) noexcept {
  if (size_of(fd, name) >= bytes) return;
  const int told = bytes / 2;
  if (::setsockopt(fd, SOL_SOCKET, forced, &told, sizeof told) == 0) return;
  (void)::setsockopt(fd, SOL_SOCKET, name, &told, sizeof told);
}

std::string one_shortage(const char* what, const char* limit, int got, int wanted) {
  const auto text = [](int bytes) { return print_size(static_cast<std::uint64_t>(bytes)); };
  return std::string(what) + " of " + text(got) + " instead of " + text(wanted) + " (sysctl " +
         limit + "=" + std::to_string(wanted / 2) + ")";
}

}  // namespace

void enlarge_buffers(int fd) noexcept {
  set_size(fd, SO_RCVBUF, SO_RCVBUFFORCE, kWantedBuffers.receive);
  set_size(fd, SO_SNDBUF, SO_SNDBUFFORCE, kWantedBuffers.send);
}

SocketBuffers buffers_of(int fd) noexcept {
  return {size_of(fd, SO_RCVBUF), size_of(fd, SO_SNDBUF)};
}

std::string buffer_shortage(const SocketBuffers& got) {
  std::string lacking;
  if (got.receive < kWantedBuffers.receive) {
    lacking =
        one_shortage("receive buffers", "net.core.rmem_max", got.receive, kWantedBuffers.receive);
  }
  if (got.send < kWantedBuffers.send) {
    lacking += lacking.empty() ? "" : ", ";
    lacking += one_shortage("send buffers", "net.core.wmem_max", got.send, kWantedBuffers.send);
  }
  if (lacking.empty()) return {};
  return "the kernel gives listening sockets " + lacking +
         ": more is lost of bursts; raise these limits, or grant CAP_NET_ADMIN";
}

}  // namespace holdfast
