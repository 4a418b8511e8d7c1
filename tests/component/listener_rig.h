// ListenerRig: one worker's listeners on real loopback sockets with a handler that does what the
// query's third byte says, and clients in the same thread. Nothing sleeps: the loop turns until
// something holds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/endpoint.h"
#include "net/event_loop.h"
#include "net/listen_sockets.h"
#include "net/listeners.h"
#include "net/owned_fd.h"
#include "net/socket_address.h"
#include "tests/component/listener_client.h"

namespace holdfast::test {

inline Endpoint at(std::string_view text) {
  return parse_endpoint(text, 0).value();
}

inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// As a limit on descriptors it leaves none: all lower numbers are in use.
inline rlim_t lowest_free_descriptor() {
  const OwnedFd next(::dup(STDERR_FILENO));
  return static_cast<rlim_t>(next.get());
}

/// What a handler was asked and has not answered yet.
struct Waiting {
  ReplySink* sink;
  std::uint64_t ticket;
  Message reply;

  void send() const { sink->send_reply(ticket, reply); }
};

class ListenerRig {
 public:
  explicit ListenerRig(const std::vector<Endpoint>& listen, const Limits& limits = {})
      : ListenerRig(open_listen_sockets(listen, 1), limits) {}

  ListenerRig(ListenSockets opened, const Limits& limits) : endpoints(opened.endpoints) {
    EXPECT_EQ(opened.error, "");
    listeners = std::make_unique<Listeners>(
        loop, std::move(opened.workers.front()),
        [this](const ClientQuery& q, TimePoint now, std::span<std::uint8_t> buffer) {
          return handle(q, now, buffer);
        },
        counters, limits);
    listeners->start();
  }

  ListenerRig(const ListenerRig&) = delete;
  ListenerRig& operator=(const ListenerRig&) = delete;

  ~ListenerRig() {
    listeners->close();
    loop.drain();
    EXPECT_TRUE(listeners->finished());
  }

  /// Turns the loop until `holds`; false if it does not within `at_most`.
  bool until(const std::function<bool()>& holds, Duration at_most = 10s) {
    const TimePoint end = boot_time() + at_most;
    while (!holds()) {
      if (boot_time() > end) return false;
      loop.turn(5ms);
    }
    return true;
  }

  /// Turns the loop until it has had nothing to do for a while: what could happen has happened.
  void settle() {
    for (int quiet = 0; quiet < 4; ++quiet)
      loop.turn(5ms);
  }

  std::optional<Message> next_datagram(Client& client) {
    Message got;
    if (!until([&] { return !(got = client.receive()).empty(); })) return std::nullopt;
    return got;
  }

  std::optional<Message> next_frame(Client& client) {
    std::optional<Message> got;
    until([&] { return (got = client.frame()).has_value() || client.closed(); });
    return got ? got : client.frame();
  }

  bool asked(std::size_t count) {
    return until([&] { return handled >= count; });
  }

  [[nodiscard]] Client udp(std::size_t endpoint = 0) const {
    return connect_to(endpoints.at(endpoint), SOCK_DGRAM);
  }

  [[nodiscard]] Client tcp(std::size_t endpoint = 0) const {
    return connect_to(endpoints.at(endpoint), SOCK_STREAM);
  }

  [[nodiscard]] std::uint64_t shed(ShedReason reason) const {
    return counters.shed[static_cast<std::size_t>(reason)].get();
  }

  EventLoop loop;
  WorkerCounters counters;
  std::vector<Endpoint> endpoints;
  std::vector<Waiting> waiting;  // queries with 'p'
  std::size_t handled = 0;
  std::size_t reply_bytes = 0;  // replies are this long, if longer than the query
  IpAddress last_client;
  std::unique_ptr<Listeners> listeners;

 private:
  /// 'r': reply at once; 'p': later; anything else: never.
  HandledQuery handle(const ClientQuery& q, TimePoint, std::span<std::uint8_t> buffer) {
    ++handled;
    last_client = q.client;
    Message reply(q.message.begin(), q.message.end());
    reply.resize(std::max(reply.size(), reply_bytes), 'y');
    switch (q.message.size() > 2 ? q.message[2] : 0) {
      case 'r':
        std::copy(reply.begin(), reply.end(), buffer.begin());
        return {Handled::replied, buffer.first(reply.size())};
      case 'p':
        waiting.push_back({q.sink, q.ticket, std::move(reply)});
        return {Handled::pending, {}};
      default:
        return {Handled::dropped, {}};
    }
  }
};

}  // namespace holdfast::test
