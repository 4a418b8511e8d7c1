// Prober: sends health questions through a Transport and says how they ended. At most one probe in
// flight per upstream. When to probe is decided by the Checker (schedule.h); what the result means
// by Health.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/timer_queue.h"
#include "resolver/transport.h"
#include "upstream/outcome.h"
#include "upstream/traits.h"
#include "upstream/upstream.h"

namespace holdfast {

struct ProbeEnd {
  UpstreamId id{};
  Outcome outcome = Outcome::timeout;
  Duration rtt{};
  TimePoint sent_at{};

  /// It answered as a working resolver does: not SERVFAIL, REFUSED, silence or nonsense.
  [[nodiscard]] bool success() const noexcept { return is_answer(outcome); }
};

class Prober final : public ExchangeSink, public TimerClient {
 public:
  using OnEnd = std::function<void(const ProbeEnd&, TimePoint)>;

  Prober(Transport& transport, TimerQueue& timers, UpstreamTraits& traits, OnEnd on_end);
  ~Prober();

  /// Starts a probe that counts as timed out after `timeout`; false if one is in flight or nothing
  /// could be sent (which is reported to on_end as no_socket or throttled).
  bool probe(std::shared_ptr<const Upstream> upstream, Duration timeout, TimePoint now);
  /// Forgets a probe in flight.
  void cancel(UpstreamId id) noexcept;
  [[nodiscard]] bool in_flight(UpstreamId id) const noexcept;

  void on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint now) noexcept override;
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;

 private:
  struct Flight {
    std::shared_ptr<const Upstream> upstream;  // null: none in flight
    ExchangeId exchange{};
    TimerId timer;
    TimePoint sent_at{};
    Duration timeout{};
    bool edns = true;  // a silent server is asked once more without EDNS
    bool over_tcp = false;
    bool asked_again = false;  // with EDNS, after an answer without
    bool cookie_renewed = false;
  };

  // A server found to do no EDNS is tried with it again every so many probes.
  static constexpr unsigned kProbesWithoutEdns = 4;

  [[nodiscard]] std::optional<Outcome> send(UpstreamId id, TimePoint now);
  [[nodiscard]] bool ask_again_with_edns(Flight& flight) const noexcept;
  void finish(UpstreamId id, Outcome outcome, TimePoint now);

  Transport& transport_;
  TimerQueue& timers_;
  UpstreamTraits& traits_;
  OnEnd on_end_;
  std::vector<Flight> flights_;  // by index(UpstreamId)
  std::array<unsigned, kMaxUpstreams> probes_without_edns_{};
};

}  // namespace holdfast
