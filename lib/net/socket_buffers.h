// Socket buffers: the sizes that listening UDP sockets ask of the kernel, and what it gave. A small
// one is no reason to fail, but to say what bursts will cost.
#pragma once

#include <string>

namespace holdfast {

/// In bytes, as the kernel counts them: half of each is for what it keeps besides.
struct SocketBuffers {
  int receive = 0;
  int send = 0;
};

/// A burst of queries waits here while the worker is busy: 1 MiB is about 1,300 of them. More would
/// only let them grow old when more come than can be answered.
inline constexpr SocketBuffers kWantedBuffers{1024 * 1024, 8 * 1024 * 1024};

/// Asks for kWantedBuffers, beyond the system's limits where the process may; never for less than
/// there is.
void enlarge_buffers(int fd) noexcept;

/// What the socket has now.
[[nodiscard]] SocketBuffers buffers_of(int fd) noexcept;

/// One line if `got` is less, with what to do, else "".
[[nodiscard]] std::string buffer_shortage(const SocketBuffers& got);

}  // namespace holdfast
