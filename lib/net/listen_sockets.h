// The sockets clients come in through: opened here for every worker, or adopted from systemd. Plain
// system calls at start-up, before any event loop runs. Reading and writing them: udp_listener,
// tcp_listener.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "net/owned_fd.h"

namespace holdfast {

/// What one worker listens on: non-blocking, bound; TCP sockets are listening already.
struct WorkerSockets {
  std::vector<OwnedFd> udp;
  std::vector<OwnedFd> tcp;
  bool counts_drops = true;  // false: these are duplicates of another worker's, who counts
};

struct ListenSockets {
  std::vector<WorkerSockets> workers;  // as many as were asked for; empty after an error
  std::vector<Endpoint> endpoints;     // each once, with the ports that were found
  std::vector<std::string> warnings;   // one line each; the rest works
  std::string error;                   // one line that says what to do; empty: all is well
};

/// Opens a UDP and a TCP socket for each endpoint and worker. Port 0 becomes any free port, the
/// same for UDP, TCP and all workers. Several workers share a port by SO_REUSEPORT, but only with
/// each other: the first socket is bound without it, so a port another process holds is an error
/// even where that process would share it. An address this host lacks is a warning while another
/// one works. Wildcard sockets tell which address was asked (IP_PKTINFO). Precondition: workers >
/// 0.
[[nodiscard]] ListenSockets open_listen_sockets(std::span<const Endpoint> endpoints,
                                                std::size_t workers);

/// Shares the sockets given among the workers, each with duplicates of its own, and opens no
/// others. What is no UDP socket and no listening TCP socket over IPv4 or IPv6 is closed with a
/// warning; nothing usable at all is an error. Precondition: workers > 0.
[[nodiscard]] ListenSockets adopt_listen_sockets(std::vector<OwnedFd> given, std::size_t workers);

/// The sockets systemd passed to this process (sd_listen_fds(3)), empty if there are none. The
/// environment variables are taken out, so children and a second call see nothing.
[[nodiscard]] std::vector<OwnedFd> take_activation_sockets();

}  // namespace holdfast
