// Sim: a whole resolver on virtual time: the real Resolver with its Cache, the real Checker ticking
// every 50 ms, and a network of simulated upstreams. Hours pass in milliseconds; the same seed
// gives the same run. Keeps a log of all that happened.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "drill/injector.h"
#include "probe/checker.h"
#include "resolver/resolver.h"
#include "simulate/sim_memory.h"
#include "simulate/sim_net.h"
#include "simulate/sim_random.h"

namespace holdfast::sim {

/// What a client asks.
struct ClientQuestion {
  dns::Question question;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  bool recursion_desired = true;
};

/// A client's query and what became of it.
struct ClientRecord {
  TimePoint asked;
  dns::Question question;
  std::size_t statement = 0;  // whoever asked it knows what this means
  unsigned replies = 0;       // must end as 1
  TimePoint answered = kForever;
  dns::Rcode rcode{};
  std::optional<dns::EdeCode> ede;
  std::optional<std::size_t> server;  // by what the answer says
  std::uint32_t ttl = 0;              // the smallest; 0 without records
  bool authentic = false;
  unsigned answers = 0;  // records in the answer section
  AnswerSource source = AnswerSource::failure;
};

/// A health state that was published.
struct HealthRecord {
  TimePoint at;
  UpstreamId upstream{};
  HealthState state{};
  Cause cause{};
};

class Sim final : public ReplySink, public TimerClient {
 public:
  Sim(SnapshotPtr snapshot, std::uint64_t seed);
  ~Sim();
  Sim(const Sim&) = delete;
  Sim& operator=(const Sim&) = delete;

  [[nodiscard]] TimePoint now() const noexcept { return now_; }

  /// Calls `what` at that time.
  void at(TimePoint when, std::function<void()> what);
  /// Lets time pass.
  void run_until(TimePoint end);

  /// For so long nothing runs; what came meanwhile is seen late and at once, as after a pause of
  /// the whole process.
  void freeze(Duration time) { frozen_until_ = now_ + time; }

  /// The time of day is set by so much.
  void set_clock(Duration by) {
    wall_.set(now_, wall_.at(now_) + std::chrono::duration_cast<std::chrono::seconds>(by));
  }

  /// How often the control thread looks; seldom enough, and days pass in a moment.
  void set_beat(Duration beat) { beat_ = beat; }

  /// Neither states nor packets are recorded from now on: health(), health_at() and log_text()
  /// know nothing of them, and days cost less.
  void keep_no_diary() {
    keeps_diary_ = false;
    net_.keep_no_packets();
  }

  /// Asks now.
  void ask(const ClientQuestion& question, std::size_t statement);
  void adopt(SnapshotPtr snapshot);

  [[nodiscard]] const Snapshot& snapshot() const noexcept { return *snapshot_; }

  [[nodiscard]] SimNet& net() noexcept { return net_; }

  [[nodiscard]] SimMemory& memory() noexcept { return memory_; }

  [[nodiscard]] DrillBoard& drills() noexcept { return drills_; }

  [[nodiscard]] HoldBook& holds() noexcept { return holds_; }

  [[nodiscard]] const SimMemory& memory() const noexcept { return memory_; }

  /// As if the process had begun anew: nothing is held but what memory behind the cache has.
  void lose_cache() { (void)cache_.flush_zone(dns::Name()); }

  [[nodiscard]] Checker& checker() noexcept { return checker_; }

  [[nodiscard]] Resolver& resolver() noexcept { return resolver_; }

  [[nodiscard]] const WorkerCounters& counters() const noexcept { return counters_; }

  [[nodiscard]] const std::vector<ClientRecord>& clients() const noexcept { return clients_; }

  [[nodiscard]] const std::vector<HealthRecord>& health() const noexcept { return health_; }

  /// The published state at a time that has passed.
  [[nodiscard]] HealthState health_at(UpstreamId id, TimePoint when) const;

  [[nodiscard]] HealthView health_now(UpstreamId id) const { return board_.read(id); }

  /// Exchanges neither ended nor cancelled: 0 once every lookup's deadline has passed.
  [[nodiscard]] std::size_t open_exchanges() const noexcept {
    return worker_transport_.open_exchanges() + checker_transport_.open_exchanges();
  }

  /// Those of the worker alone; a probe may always be under way.
  [[nodiscard]] std::size_t worker_exchanges() const noexcept {
    return worker_transport_.open_exchanges();
  }

  /// Replies to queries that had one already, or to none.
  [[nodiscard]] unsigned stray_replies() const noexcept { return stray_replies_; }

  /// The last lines of all that happened, in order, as text.
  [[nodiscard]] std::string log_text(std::size_t most_lines) const;

  void send_reply(std::uint64_t ticket, dns::Bytes reply) noexcept override;
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;

 private:
  [[nodiscard]] TimePoint next_event() const noexcept;
  void tick(TimePoint now);
  void note_health(TimePoint now);

  SnapshotPtr snapshot_;
  TimePoint now_{};
  TimePoint frozen_until_{};
  Duration beat_ = Checker::kTick;
  bool keeps_diary_ = true;
  SeededRandom random_;
  TimerQueue timers_;
  TimerQueue arrivals_;  // of packets, at us
  SimNet net_;
  SimTransport worker_transport_, checker_transport_;
  DrillBoard drills_;
  Injector worker_injector_, checker_injector_;
  Cache cache_;
  HealthBoard board_;
  UpstreamTraits traits_;
  HedgeBudget hedges_;
  WorkerCounters counters_;
  EvidenceBook evidence_;
  WallClock wall_;  // 1970 at zero
  HoldBook holds_;
  SimMemory memory_;
  Resolver resolver_;
  Checker checker_;
  TimerId tick_;
  std::vector<std::function<void()>> actions_;
  std::vector<ClientRecord> clients_;
  std::vector<HealthRecord> health_;
  std::array<HealthState, kMaxUpstreams> published_{};
  std::vector<std::uint8_t> reply_buffer_;
  AnswerSource last_source_ = AnswerSource::failure;
  unsigned stray_replies_ = 0;
};

/// "12.345s".
[[nodiscard]] std::string time_text(TimePoint at);

}  // namespace holdfast::sim
