// SimNet: a network of simulated upstreams on virtual time, and SimTransport, the Transport through
// which one thread of the daemon (a worker, the checker) reaches it. Every packet is logged.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/slab.h"
#include "base/timer_queue.h"
#include "resolver/transport.h"
#include "simulate/sim_behaviour.h"
#include "upstream/packet_budget.h"
#include "upstream/stray_watch.h"

namespace holdfast::sim {

/// A question that left for an upstream.
struct Packet {
  TimePoint at;
  UpstreamId upstream{};
  dns::Name name;
  dns::RrType type{};
  bool over_tcp = false;
  bool edns = true;
  bool probe = false;  // the checker sent it
};

/// The servers and the log; shared by the transports.
class SimNet {
 public:
  explicit SimNet(Random& random) : random_(random) {}

  [[nodiscard]] ServerScript& script(UpstreamId id) { return scripts_[index(id)]; }

  [[nodiscard]] const std::vector<Packet>& packets() const noexcept { return packets_; }

  void log(const Packet& packet) {
    if (keeps_packets_) packets_.push_back(packet);
  }

  void keep_no_packets() { keeps_packets_ = false; }

  [[nodiscard]] Random& random() noexcept { return random_; }

  [[nodiscard]] PacketBudgets& budgets() noexcept { return budgets_; }

 private:
  Random& random_;
  PacketBudgets budgets_;
  std::vector<ServerScript> scripts_{kMaxUpstreams};
  std::vector<Packet> packets_;
  bool keeps_packets_ = true;
};

/// Keeps the contract of resolver/transport.h, and shows in tests whether others keep theirs.
class SimTransport final : public Transport, public TimerClient {
 public:
  SimTransport(SimNet& net, TimerQueue& timers, bool probes)
      : net_(net), timers_(timers), probes_(probes), gate_(net.budgets()), flights_(1'000'000) {}

  ~SimTransport() override;

  ExchangeStart start(const Upstream& upstream, const ExchangeRequest& request, ExchangeSink& sink,
                      std::uint64_t token, TimePoint now) noexcept override;
  bool spares(const Upstream& upstream, TimePoint now) noexcept override;
  void cancel(ExchangeId id) noexcept override;
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;

  /// Exchanges that were started and neither ended nor were cancelled.
  [[nodiscard]] std::size_t open_exchanges() const noexcept { return flights_.size(); }

 private:
  struct Flight {
    UpstreamId upstream{};
    ExchangeRequest request;  // with the question as it went out
    ExchangeSink* sink = nullptr;
    std::uint64_t token = 0;
    Behaviour behaviour;  // as it was when the packet was sent
    TimerId timer;
    std::uint64_t strays = 0;  // the mark of strays_
  };

  [[nodiscard]] unsigned packets_to(const Upstream& upstream, bool tcp) const noexcept;
  [[nodiscard]] bool is_lost(const Flight& flight) noexcept;
  [[nodiscard]] std::optional<Outcome> leaves_udp(const Flight& flight) noexcept;
  void deliver(const Flight& flight, TimePoint now) noexcept;

  SimNet& net_;
  TimerQueue& timers_;
  bool probes_;
  PacketGate gate_;
  std::bitset<kMaxUpstreams> connected_;  // a TCP connection is never closed here
  std::vector<StrayWatch> strays_{kMaxUpstreams};
  Slab<Flight> flights_;
};

}  // namespace holdfast::sim
