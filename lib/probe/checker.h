// Checker: the control thread's health checker. Collects the workers' evidence every 50 ms, runs
// each upstream's Health, keeps the floors (min_usable, one ejection on soft evidence per
// ejection_interval), sends probes through a Transport of its own, and publishes to the
// HealthBoard.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/timer_queue.h"
#include "probe/prober.h"
#include "resolver/snapshot.h"
#include "resolver/transport.h"
#include "upstream/evidence.h"
#include "upstream/health.h"
#include "upstream/health_board.h"
#include "upstream/traits.h"

namespace holdfast {

/// What `status` shows of one upstream.
struct UpstreamStatus {
  UpstreamId id{};
  std::string name, provider;
  HealthView view;
  TimePoint since{};
  Cause cause = Cause::start;
  double good_ratio = 1;
  unsigned samples = 0;
  TimePoint last_probe = kNever;              // when the last one ended
  std::optional<Outcome> last_probe_outcome;  // none: never probed
  TimePoint next_probe = kForever;
  TimePoint forced_until = kForever;  // of a forced state with a time
};

/// A change worth telling: goes to the log, to `status` and to a metric.
struct HealthEvent {
  TimePoint at;
  UpstreamId id{};
  std::string upstream;
  HealthState from = HealthState::up;
  HealthState to = HealthState::up;
  Cause cause = Cause::start;
};

class Checker {
 public:
  static constexpr Duration kTick = 50ms;

  Checker(Transport& transport, TimerQueue& timers, Random& random, HealthBoard& board,
          UpstreamTraits& traits);
  ~Checker();

  /// Why this upstream cannot be asked at all: Cause::no_address, Cause::loop, or nothing. It is
  /// then down and not probed until that is over. Asked every tick; nothing hinders any unless this
  /// is set before adopt().
  using Hindrance = std::function<std::optional<Cause>(const Upstream&)>;

  void set_hindrance(Hindrance hindrance) { hindrance_ = std::move(hindrance); }

  /// The configuration in force from now on; health of upstreams that stay is kept. Probes new ones
  /// at once.
  void adopt(SnapshotPtr snapshot, TimePoint now);
  /// A worker's book; before the first tick. The book outlives the checker.
  void watch(const EvidenceBook& book);

  /// Every kTick.
  void tick(TimePoint now);

  /// The operator's word; `until` ends it (kForever: stays until force-auto or restart).
  void force(UpstreamId id, Forced forced, TimePoint until, TimePoint now);
  /// How an upstream fared before a restart, `age` ago: a saved `down` counts as suspect, and only
  /// if it is no older than policy.saved_state_max_age and nothing else is known of the upstream.
  void restore(std::string_view upstream, HealthState saved, Duration age, TimePoint now);
  /// Resume from sleep, changed route or address: nothing is known, everything is probed at once.
  void network_changed(TimePoint now);

  [[nodiscard]] std::vector<UpstreamStatus> status(TimePoint now) const;
  /// Events since the last call, oldest first; bounded, the oldest are dropped.
  [[nodiscard]] std::vector<HealthEvent> take_events();
  /// Upstreams usable for this route right now, and whether it is in panic.
  [[nodiscard]] unsigned usable_count(const Route& route) const;

  /// When tick() last ran: how a stalled checker is noticed.
  [[nodiscard]] TimePoint last_tick() const noexcept { return last_tick_; }

  /// Cumulative per upstream, for metrics.
  [[nodiscard]] std::uint64_t probes_sent(UpstreamId id) const;
  [[nodiscard]] std::uint64_t probes_failed(UpstreamId id) const;

 private:
  struct Watched;

  [[nodiscard]] Watched* watched(UpstreamId id) const noexcept { return watched_[index(id)].get(); }

  [[nodiscard]] EvidenceDelta gather(Watched& watched);
  void collect(Watched& watched, TimePoint now);
  void judge(Watched& watched, TimePoint now);
  [[nodiscard]] bool follow_hindrance(Watched& watched, TimePoint now);
  void consider_down(Watched& watched, TimePoint now);
  [[nodiscard]] bool may_eject_softly(const Watched& watched, TimePoint now) const;
  void publish(Watched& watched, TimePoint now);
  void note(Watched& watched, const std::optional<Transition>& transition);
  void on_probe(const ProbeEnd& end, TimePoint now);
  void plan_probe(Watched& watched, TimePoint now);
  [[nodiscard]] bool probe_asked_for(const Watched& watched, TimePoint now) const;
  void start_due_probe(Watched& watched, TimePoint now);
  [[nodiscard]] bool some_route_has_nobody(UpstreamId id) const;
  [[nodiscard]] HealthView view(const Watched& watched, TimePoint now) const;

  HealthBoard& board_;
  UpstreamTraits& traits_;
  Random& random_;
  Prober prober_;
  Hindrance hindrance_;
  SnapshotPtr snapshot_;
  std::vector<const EvidenceBook*> books_;
  std::vector<std::unique_ptr<Watched>> watched_;  // by index(UpstreamId); null where none
  std::deque<HealthEvent> events_;
  TimePoint last_tick_ = kNever;
  TimePoint last_soft_ejection_ = kNever;
  ProviderId last_soft_provider_{};
};

}  // namespace holdfast
