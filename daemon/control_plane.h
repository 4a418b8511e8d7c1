// ControlPlane: the control thread's machinery: its event loop, the health checker with a transport
// of its own, the bootstrap, the watch on the host's network, and signals. It keeps the beat; what
// a beat, a signal or a command means is its owner's business.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "config/config.h"
#include "daemon/worker.h"
#include "drill/injector.h"
#include "net/bootstrap.h"
#include "net/event_loop.h"
#include "net/host_resolvers.h"
#include "net/link_domains.h"
#include "net/network_watch.h"
#include "net/system_random.h"
#include "net/transport_set.h"
#include "probe/checker.h"
#include "probe/loop_check.h"
#include "store/notes.h"

namespace holdfast {

/// Why nothing is known of the network any more.
enum class Upheaval : std::uint8_t { resume, address, route, clock };
/// In words.
[[nodiscard]] const char* to_string(Upheaval why) noexcept;

struct ControlHooks {
  /// Every Checker::kTick, after the checker's; counts from 1.
  std::function<void(std::uint64_t beat, TimePoint now)> beat;
  /// The machine slept, or its network changed; the control thread's own part is done.
  std::function<void(Upheaval)> network_changed;
  /// A host name of the configuration has other addresses than before.
  std::function<void(const std::string& host, const std::vector<IpAddress>&)> located;
  /// The resolvers that this host is told of; only while the configuration has an "auto".
  std::function<void(const std::vector<IpAddress>&)> resolvers;
  /// The domains of this host's links; only while the configuration makes routes of them.
  std::function<void(const std::vector<LinkDomain>&)> link_domains;
  std::function<void()> reload;  // SIGHUP
  std::function<void()> stop;    // SIGTERM, SIGINT
};

class ControlPlane final : private TimerClient {
 public:
  /// std::system_error if the kernel gives no descriptors.
  ControlPlane(const SharedParts& shared, const SnapshotPtr& snapshot, const Config& config);
  ~ControlPlane();

  /// Hooks are called from run().
  void set_hooks(ControlHooks hooks) { hooks_ = std::move(hooks); }

  /// Runs on the calling thread until stop().
  void run();

  void stop() { loop_.stop(); }

  /// Closes what waits on the loop. After run(); nothing else may be asked afterwards.
  void close();

  /// The configuration from now on.
  void adopt(const SnapshotPtr& snapshot, const Config& config);

  /// What was known before the process began, `wall` being the time of day.
  void recall(const SavedNotes& notes, UnixTime wall);

  [[nodiscard]] EventLoop& loop() noexcept { return loop_; }

  [[nodiscard]] Checker& checker() noexcept { return checker_; }

  /// Why the upstream cannot be asked, in words: it leads back to us, its host name is not
  /// resolved, or, as far as the probes can tell, TLS or HTTP fails; "" if it can.
  [[nodiscard]] std::string fault_of(UpstreamId id) const;

  /// When the first of the certificates ends that the upstream showed to probes last, in Unix
  /// seconds; 0: none yet, or no TLS.
  [[nodiscard]] std::int64_t certificates_end(UpstreamId id) const noexcept {
    return transport_.certificates_end(id);
  }

  /// Of each endpoint of a chain, as far as the probes can tell; "" where nothing is wrong.
  [[nodiscard]] std::vector<std::string> endpoint_faults(UpstreamId id) const;

  /// What probing counts; any thread.
  [[nodiscard]] const WorkerCounters& counters() const noexcept { return counters_; }

 private:
  asio::awaitable<void> signal_loop();
  /// Nothing is known any more: connections begin anew, everything is probed.
  void begin_anew(Upheaval why, TimePoint now);
  void tell_bootstrap(const BootstrapReport& report);
  void watch_resolvers(const Config& config);
  void watch_links(const Config& config);
  [[nodiscard]] std::optional<Cause> hindrance_of(const Upstream& upstream) const;
  /// Why nothing is known of where it is.
  [[nodiscard]] std::string unresolved(const std::string& host) const;
  [[nodiscard]] std::string places_of(const std::string& host) const;
  void watch_network();
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  [[nodiscard]] bool slept(TimePoint now) noexcept;
  void tell_time(TimePoint now) noexcept;
  /// The machine's clock could not be right and now can: certificates can be judged.
  [[nodiscard]] bool clock_came_right() noexcept;

  EventLoop loop_;
  SystemRandom random_;
  WorkerCounters counters_;
  SnapshotPtr snapshot_;  // of transport_
  TransportSet transport_;
  Injector injector_;  // before transport_, for probes
  Checker checker_;
  LoopCheck loops_;
  EndpointBook& addresses_;
  TlsTrust& trust_;
  Bootstrap bootstrap_;
  HostResolvers resolvers_;
  LinkDomains links_;
  NetworkWatch network_;
  asio::signal_set signals_;
  ControlHooks hooks_;
  WallClock& wall_;
  TimerId beat_;
  std::uint64_t beats_ = 0;
  Duration asleep_{};  // CLOCK_BOOTTIME is ahead of the monotonic clock by this
};

}  // namespace holdfast
