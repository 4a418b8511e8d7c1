// Service: everything that lives while the daemon runs, in the order it is made. Touched by the
// control thread only, but for what says otherwise. What is done with it: server.h (start, stop),
// reload.h, commands.h, reporter.h.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "config/load.h"
#include "control/hold_watch.h"
#include "control/reply.h"
#include "control/status.h"
#include "daemon/fleet_thread.h"
#include "daemon/store_thread.h"
#include "daemon/takeover_guard.h"
#include "daemon/worker.h"
#include "drill/drills.h"
#include "metrics/metrics_view.h"
#include "net/self_check.h"
#include "resolver/snapshot.h"
#include "timeline/route_watch.h"
#include "timeline/timeline.h"
#include "upstream/link_domain.h"

namespace holdfast {

class ControlPlane;

/// Times that a descriptor was lacking, since the start.
struct Shortage {
  std::uint64_t clients = 0, upstreams = 0;
  friend bool operator==(const Shortage&, const Shortage&) = default;
};

/// What happened, for status and metrics.
/// What the log has said of an endpoint.
struct EndpointTold {
  rpc::Unready state = rpc::Unready::unknown;
  std::string fault;  // the last one
  TimePoint fault_at = kNever;
  std::uint64_t votes = 0;  // lost
  TimePoint votes_at = kNever;
};

struct History {
  TimePoint started{};
  TimePoint taken{};  // the configuration in force
  ReloadSeries reloads;
  std::string last_reload_error;        // empty: the last one was taken
  std::deque<HealthEvent> transitions;  // the latest first, bounded
  std::map<UpstreamId, std::array<std::uint64_t, kHealthStates>> entered;
  std::map<UpstreamId, double> last_probe_success;  // Unix time
  std::uint64_t query_log_cut = 0;                  // over max_per_second
  UpheavalSeries upheavals{};
  Shortage shortage;  // of descriptors, as far as it was told
  TimePoint shortage_told = kNever;
  std::map<UpstreamId, std::string> faults_told;       // of TLS and HTTP
  std::map<std::string, EndpointTold> endpoints_told;  // by whose they are
  TimePoint holds_told = kNever;                       // those that began later have not been
};

/// The store as the timeline last saw it.
struct StoreSeen {
  bool up = false, trouble = false;
  std::uint64_t errors = 0, set_aside = 0;
};

/// What the timeline has already been told of.
struct TimelineSeen {
  std::uint64_t generation = 0;
  std::vector<std::uint8_t> states;  // of upstreams, by id: health, forced, barred
  RouteWatch routes;
  HoldWatch holds;
  std::map<UpstreamId, Forced> forced;
  std::optional<std::vector<std::string>> drift;
  StoreSeen store;
};

/// A consistent picture for other threads, replaced four times a second.
struct Published {
  StatusReport report;
  std::vector<UpstreamSeries> upstreams;
  std::vector<RouteSeries> routes;
  ReloadSeries reloads;
  TimePoint checker_tick{};
  std::uint64_t query_log_dropped = 0;
  UpheavalSeries upheavals{};
  std::array<std::uint64_t, kTimelineKinds> timeline{};
  DrillSeries drills;
};

/// Any thread.
class PublishedBoard {
 public:
  void replace(std::shared_ptr<const Published> published) {
    const std::lock_guard lock(mutex_);
    published_.swap(published);
  }

  [[nodiscard]] std::shared_ptr<const Published> read() const {
    const std::lock_guard lock(mutex_);
    return published_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Published> published_ = std::make_shared<const Published>();
};

struct Service {
  explicit Service(std::string path);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  [[nodiscard]] SharedParts shared() noexcept;

  const std::string config_path;
  Config started_with;  // what needs a restart is still as it says
  Config config;
  std::vector<ConfigFile> files;     // that it was read from
  std::vector<IpAddress> resolvers;  // of this host's network, for the url "auto"
  std::vector<LinkDomain> links;     // domains of its links, for routes to them
  SnapshotPtr snapshot;
  std::unique_ptr<Cache> cache;
  std::unique_ptr<HealthBoard> board;
  UpstreamTraits traits;
  HedgeBudget hedges{0, 0};
  HoldBook holds;
  PacketBudgets budgets;
  EndpointBook addresses;
  TlsTrust trust;
  WallClock wall;
  LoopMarks loops;
  DrillBoard drill_board;
  Drills drills{drill_board};
  std::unique_ptr<StoreThread> store;  // null: memory only
  std::unique_ptr<ControlPlane> plane;
  std::unique_ptr<FleetThread> fleet;  // null: there is none; stopped before the workers go
  std::vector<std::unique_ptr<Worker>>
      workers;                         // fixed once started; other threads may read it then
  std::vector<std::string> listeners;  // what is listened on
  std::unique_ptr<SelfCheck> self_check;
  History history;
  Timeline timeline;
  TimelineSeen seen;
  TakeoverGuard guard;
  PublishedBoard published;        // any thread
  std::atomic<bool> ready{false};  // any thread
  std::atomic<bool> stopping{false};
};

}  // namespace holdfast
