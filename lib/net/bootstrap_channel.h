// BootstrapChannel: host names to addresses through explicitly given DNS servers, by c-ares on the
// event loop. The only place that knows c-ares. When to ask, and what for, is bootstrap.h, and for
// the daemon's look at itself self_check.h.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/timer_queue.h"
#include "net/event_loop.h"
#include "net/upstream_poller.h"

struct ares_channeldata;
struct ares_addrinfo;

namespace holdfast {

/// What the servers said of a host.
struct HostAddresses {
  std::vector<IpAddress> addresses{};  // IPv4 before IPv6, each family in order; empty: see error
  Duration ttl{};
  std::string error;
  bool answered = false;  // a server said something, if only that there are none
};

/// What ends a question: an answer, so that after SERVFAIL or REFUSED the next server is asked, or
/// any reply.
enum class Satisfied : std::uint8_t { by_answer, by_any_reply };

/// Reads neither /etc/resolv.conf nor /etc/hosts. Not destroyed from inside its own call backs.
class BootstrapChannel final : private TimerClient {
 public:
  using Done = std::function<void(const HostAddresses&)>;

  /// std::runtime_error if c-ares does not take the servers or has no memory.
  BootstrapChannel(EventLoop& loop, std::span<const Endpoint> servers,
                   Satisfied satisfied = Satisfied::by_answer);
  /// What is still asked is forgotten without a call back.
  ~BootstrapChannel();
  BootstrapChannel(const BootstrapChannel&) = delete;
  BootstrapChannel& operator=(const BootstrapChannel&) = delete;

  /// Asks for A and AAAA; `done` is called once, never before resolve() has returned. Servers that
  /// say nothing are given 1 s, then 2 s.
  void resolve(const std::string& host, Done done);

 private:
  struct Request {
    BootstrapChannel* channel;
    Done done;
  };

  static void on_socket_state(void* self, int fd, int readable, int writable);
  static void on_result(void* request, int status, int timeouts, ares_addrinfo* result);
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  void on_ready(std::uint64_t token, std::uint32_t what);
  void set_timer();

  EventLoop& loop_;
  UpstreamPoller poller_;
  ares_channeldata* channel_;
  TimerId timer_;
  bool closing_ = false;
};

}  // namespace holdfast
