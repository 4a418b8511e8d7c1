// TransportRig: one thread's TransportSet on real loopback sockets, and a sink that keeps what it
// is told.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include <gtest/gtest.h>

#include "net/system_random.h"
#include "net/transport_set.h"
#include "tests/support/fake_upstream.h"

namespace holdfast::test {

/// How an exchange ended, copied.
struct Ended {
  Message message;
  Outcome failure = Outcome::closed;
  bool over_tcp = false;
  unsigned times = 0;
};

class KeepingSink final : public ExchangeSink {
 public:
  void on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint) noexcept override {
    Ended& ended = ends[token];
    ended.message.assign(end.message.begin(), end.message.end());
    ended.failure = end.failure;
    ended.over_tcp = end.over_tcp;
    ++ended.times;
    if (then) then(token);
  }

  std::map<std::uint64_t, Ended> ends;
  std::function<void(std::uint64_t)> then;
};

inline dns::Question question(std::string_view name) {
  return {.name = *dns::Name::parse(name)};
}

inline Upstream upstream_at(const Endpoint& endpoint, unsigned id = 1,
                            TransportKind kind = TransportKind::udp) {
  Upstream upstream;
  upstream.id = UpstreamId{static_cast<std::uint16_t>(id)};
  upstream.name = "test";
  upstream.provider_name = "provider";
  upstream.transport = kind;
  upstream.endpoints = {endpoint};
  return upstream;
}

class TransportRig : public testing::Test {
 protected:
  explicit TransportRig(const TransportPolicy& policy = {})
      : transport({loop, random, counters, book, trust}, budgets, policy) {}

  ~TransportRig() override {
    transport.close();
    loop.drain();
  }

  /// Starts an exchange whose token is its number.
  ExchangeStart ask(const Upstream& upstream, std::uint64_t token,
                    std::string_view name = "www.example.org", bool tcp = false) {
    ExchangeRequest request;
    request.question = question(name);
    request.over_tcp = tcp;
    request.trail = trail;
    return transport.start(upstream, request, sink, token, loop.now());
  }

  /// Waits for the end of an exchange.
  Ended await(std::uint64_t token) {
    EXPECT_TRUE(run_until(loop, [&] { return sink.ends.contains(token); })) << "token " << token;
    return sink.ends[token];
  }

  /// Starts one and waits for its end.
  Ended exchange(const Upstream& upstream, std::uint64_t token,
                 std::string_view name = "www.example.org", bool tcp = false) {
    EXPECT_TRUE(ask(upstream, token, name, tcp));
    return await(token);
  }

  /// One turn and whatever it set off, in as little time as possible.
  void settle() {
    for (int i = 0; i < 20; ++i)
      loop.turn(1ms);
  }

  [[nodiscard]] const UpstreamCounters& counted(const Upstream& upstream) {
    return counters.of(upstream.id);
  }

  EventLoop loop;
  SystemRandom random;
  WorkerCounters counters;
  EndpointBook book;
  TlsTrust trust;
  PacketBudgets budgets;
  KeepingSink sink;
  std::shared_ptr<ChainTrail> trail;  // what chains do from now on; null: nobody wants to know
  TransportSet transport;
};

}  // namespace holdfast::test
