#include "net/listen_sockets.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include <systemd/sd-daemon.h>

#include "net/socket_address.h"
#include "net/socket_buffers.h"

namespace holdfast {
namespace {

// Enough that the kernel always has a reply to send; what a client does not take waits with us,
// counted.
constexpr int kTcpUnsentInKernel = 64 * 1024;
// A port found for TCP may be taken for UDP: then another one is tried.
constexpr int kAnyPortTries = 32;

enum class Protocol : std::uint8_t { udp, tcp };

const char* to_string(Protocol protocol) noexcept {
  return protocol == Protocol::udp ? "udp" : "tcp";
}

bool set_option(int fd, int level, int name, int value) noexcept {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/// Options that may be set late, so sockets from systemd get them as well. None is worth failing
/// for.
void tune(int fd, Protocol protocol, const SocketAddress& local) noexcept {
  const bool v4 = local.family() == AF_INET;
  if (protocol == Protocol::tcp) {  // both are inherited by accepted connections
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kTcpUnsentInKernel);
    return;
  }
  enlarge_buffers(fd);
  const IpAddress address = local.endpoint().address;
  // Path MTU claims are ignored: a forged one must not make us send fragments (RFC 9715 3.1). The
  // loopback never does: there DF spares the kernel the search for an id, one line of memory that
  // all CPUs write.
  if (v4) {
    const int ignored = address.is_loopback() ? IP_PMTUDISC_PROBE : IP_PMTUDISC_OMIT;
    set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, ignored);
  } else {
    set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
  }
  if (address.is_unspecified()) {
    set_option(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_PKTINFO : IPV6_RECVPKTINFO, 1);
  }
}

/// One socket, bound; errno tells why not. `shared`: others of ours may be bound to the same port.
OwnedFd bind_socket(const Endpoint& endpoint, Protocol protocol, bool shared) {
  const SocketAddress address(endpoint);
  const int type = protocol == Protocol::udp ? SOCK_DGRAM : SOCK_STREAM;
  OwnedFd fd(::socket(address.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fd;
  if (address.family() == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  // Against connections in TIME_WAIT. With UDP it would let two processes share the port.
  if (protocol == Protocol::tcp) set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (shared && !set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1)) return OwnedFd();
  if (::bind(fd.get(), address.get(), address.size()) != 0) return OwnedFd();
  tune(fd.get(), protocol, address);
  return fd;
}

/// Sockets of one endpoint and protocol, one for each worker; errno tells why there are none. A
/// port of 0 becomes the one that was found.
std::vector<OwnedFd> bind_for_workers(Endpoint& endpoint, Protocol protocol, std::size_t workers) {
  std::vector<OwnedFd> sockets;
  for (std::size_t worker = 0; worker < workers; ++worker) {
    OwnedFd fd = bind_socket(endpoint, protocol, worker != 0);
    if (!fd) return {};
    // The first one is bound alone, which proves that nobody else holds the port, and opened to the
    // others afterwards: there is no moment in which the port is free again.
    if (worker == 0 && workers > 1 && !set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1)) return {};
    if (endpoint.port == 0) endpoint.port = SocketAddress::local(fd.get()).endpoint().port;
    sockets.push_back(std::move(fd));
  }
  return sockets;
}

bool start_listening(const std::vector<OwnedFd>& sockets) noexcept {
  for (const OwnedFd& fd : sockets) {
    if (::listen(fd.get(), SOMAXCONN) != 0) return false;
  }
  return true;
}

/// What was opened for one endpoint, or why not.
struct Opened {
  Endpoint endpoint;
  std::vector<OwnedFd> udp, tcp;
  int error = 0;
  Protocol failed = Protocol::udp;
};

Opened open_once(const Endpoint& wanted, std::size_t workers) {
  Opened opened;
  opened.endpoint = wanted;
  opened.failed = Protocol::tcp;  // TCP finds the port: connections make free ones rarer there
  opened.tcp = bind_for_workers(opened.endpoint, Protocol::tcp, workers);
  if (!opened.tcp.empty()) {
    opened.failed = Protocol::udp;
    opened.udp = bind_for_workers(opened.endpoint, Protocol::udp, workers);
  }
  if (!opened.udp.empty()) {
    opened.failed = Protocol::tcp;
    if (start_listening(opened.tcp)) return opened;
  }
  opened.error = errno;
  return opened;
}

Opened open_endpoint(const Endpoint& wanted, std::size_t workers) {
  for (int tries = 1;; ++tries) {
    Opened opened = open_once(wanted, workers);
    const bool again = wanted.port == 0 && opened.error == EADDRINUSE && tries < kAnyPortTries;
    if (!again) return opened;
  }
}

/// The host has no such address, or no such family at all.
bool lacks_address(int error) noexcept {
  return error == EADDRNOTAVAIL || error == EAFNOSUPPORT || error == ENODEV;
}

/// One line: what happened, and what to do.
std::string explain(const Opened& failed) {
  const std::string port = std::to_string(failed.endpoint.port);
  const std::string what = std::string("cannot listen on ") + failed.endpoint.to_string() + " (" +
                           to_string(failed.failed) + "): ";
  const char* ss = failed.failed == Protocol::udp ? "ss -lunp" : "ss -ltnp";
  switch (failed.error) {
    case EADDRINUSE:
      return what +
             "the port is taken; another resolver, e.g. systemd-resolved or dnsmasq, may hold "
             "it: " +
             "see `" + ss + " 'sport = :" + port + "'`, stop it or change `listen`";
    case EACCES:
    case EPERM:
      return what + "no privilege for port " + port +
             "; grant CAP_NET_BIND_SERVICE (AmbientCapabilities= in the systemd unit), use "
             "socket " +
             "activation, or choose a port above 1023";
    case EMFILE:
    case ENFILE:
      return what +
             "no file descriptors left; raise the limit (LimitNOFILE= in the systemd unit, " +
             "or `ulimit -n`)";
    case ENOBUFS:
    case ENOMEM:
      return what +
             "no memory for another socket; use fewer `workers` or give the system more memory";
    default:
      return what + std::generic_category().message(failed.error);
  }
}

void hand_out(std::vector<OwnedFd>& sockets, std::vector<OwnedFd> WorkerSockets::*kind,
              std::vector<WorkerSockets>& workers) {
  for (std::size_t i = 0; i < workers.size(); ++i) {
    (workers[i].*kind).push_back(std::move(sockets[i]));
  }
}

ListenSockets failure(std::string line, std::vector<std::string> warnings) {
  ListenSockets result;
  result.error = std::move(line);
  result.warnings = std::move(warnings);
  return result;
}

enum class Adoptable : std::uint8_t { udp, tcp, foreign };

int option_of(int fd, int name) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

Adoptable kind_of(int fd) noexcept {
  if (SocketAddress::local(fd).size() == 0) return Adoptable::foreign;
  const int type = option_of(fd, SO_TYPE);
  const int protocol = option_of(fd, SO_PROTOCOL);
  if (type == SOCK_DGRAM && protocol == IPPROTO_UDP) return Adoptable::udp;
  const bool stream = type == SOCK_STREAM && protocol == IPPROTO_TCP;
  return stream && option_of(fd, SO_ACCEPTCONN) == 1 ? Adoptable::tcp : Adoptable::foreign;
}

/// DNS needs both: TCP for what does not fit, UDP because clients ask there first (RFC 7766 5).
void warn_of_missing(ListenSockets& adopted) {
  const WorkerSockets& sockets = adopted.workers.front();
  if (sockets.udp.empty()) {
    adopted.warnings.emplace_back(
        "no UDP socket came from systemd: add ListenDatagram= to the unit");
  }
  if (sockets.tcp.empty()) {
    adopted.warnings.emplace_back("no TCP socket came from systemd: add ListenStream= to the unit");
  }
}

/// Prepares a socket that somebody else opened and gives each worker its duplicate; false: errno
/// says why.
bool share(OwnedFd fd, Adoptable kind, std::vector<WorkerSockets>& workers) {
  tune(fd.get(), kind == Adoptable::udp ? Protocol::udp : Protocol::tcp,
       SocketAddress::local(fd.get()));
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) < 0) return false;
  for (WorkerSockets& worker : workers) {
    OwnedFd duplicate(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!duplicate) return false;
    (kind == Adoptable::udp ? worker.udp : worker.tcp).push_back(std::move(duplicate));
    worker.counts_drops = &worker == workers.data();
  }
  return true;
}

}  // namespace

ListenSockets open_listen_sockets(std::span<const Endpoint> endpoints, std::size_t workers) {
  ListenSockets result;
  result.workers.resize(workers);
  for (const Endpoint& endpoint : endpoints) {
    Opened opened = open_endpoint(endpoint, workers);
    if (lacks_address(opened.error)) {
      result.warnings.push_back("not listening on " + endpoint.to_string() +
                                ": this host has no such address");
      continue;
    }
    if (opened.error != 0) return failure(explain(opened), std::move(result.warnings));
    hand_out(opened.udp, &WorkerSockets::udp, result.workers);
    hand_out(opened.tcp, &WorkerSockets::tcp, result.workers);
    result.endpoints.push_back(opened.endpoint);
  }
  if (!result.endpoints.empty()) return result;
  return failure(
      "nothing to listen on: this host has none of the addresses in `listen`; "
      "`ip address` shows those it has",
      std::move(result.warnings));
}

ListenSockets adopt_listen_sockets(std::vector<OwnedFd> given, std::size_t workers) {
  ListenSockets result;
  result.workers.resize(workers);
  for (OwnedFd& fd : given) {
    const int number = fd.get();
    const Adoptable kind = kind_of(number);
    const Endpoint endpoint = SocketAddress::local(number).endpoint();
    if (kind == Adoptable::foreign) {
      result.warnings.push_back(
          "descriptor " + std::to_string(number) +
          " from systemd is neither a UDP socket nor a listening TCP socket; "
          "it is ignored: see ListenDatagram= and ListenStream= of the socket unit");
      fd.reset();
      continue;
    }
    if (!share(std::move(fd), kind, result.workers)) {
      const int error = errno;
      Opened failed{
          endpoint, {}, {}, error, kind == Adoptable::udp ? Protocol::udp : Protocol::tcp};
      return failure(explain(failed), std::move(result.warnings));
    }
    // A UDP and a TCP socket come for each address, as a rule.
    const auto known = std::find(result.endpoints.begin(), result.endpoints.end(), endpoint);
    if (known == result.endpoints.end()) result.endpoints.push_back(endpoint);
  }
  if (!result.endpoints.empty()) {
    warn_of_missing(result);
    return result;
  }
  return failure(
      "none of the sockets from systemd can be used; the socket unit needs ListenDatagram= "
      "and ListenStream= with an IP address and port",
      std::move(result.warnings));
}

std::vector<OwnedFd> take_activation_sockets() {
  const int count = std::max(::sd_listen_fds(1), 0);
  std::vector<OwnedFd> sockets;
  sockets.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    sockets.emplace_back(SD_LISTEN_FDS_START + i);
  return sockets;
}

}  // namespace holdfast
