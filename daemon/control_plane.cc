#include "daemon/control_plane.h"

#include <chrono>
#include <csignal>
#include <utility>

#include "base/units.h"
#include "daemon/log.h"
#include "daemon/transport_changes.h"

namespace holdfast {
namespace {

// Less than this is no sleep but the two clocks being read one after the other.
constexpr Duration kNap = 500ms;

Duration whole_seconds(Duration d) noexcept {
  return std::chrono::duration_cast<std::chrono::seconds>(d);
}

void tell_bootstrap(const BootstrapReport& report) {
  if (!report.found.error.empty()) {
    HOLDFAST_LOG(warning, "no addresses for {} from the bootstrap servers: {}; asked again in {}",
                 report.host, report.found.error, print_duration(whole_seconds(report.next)));
  } else if (report.changed) {
    HOLDFAST_LOG(info, "{} has {} address(es), the first is {}", report.host,
                 report.found.addresses.size(), report.found.addresses.front().to_string());
  }
}

Duration ahead_of_monotonic(TimePoint now) noexcept {
  return now.time_since_epoch() - std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace

ControlPlane::ControlPlane(const SharedParts& shared, const SnapshotPtr& snapshot,
                           const Config& config)
    : snapshot_(snapshot),
      transport_({loop_, random_, counters_, shared.addresses}, shared.budgets),
      checker_(transport_, loop_.timers(), random_, shared.board, shared.traits),
      bootstrap_(loop_, shared.addresses, random_, tell_bootstrap),
      signals_(loop_.context(), SIGTERM, SIGINT, SIGHUP),
      wall_(shared.wall),
      asleep_(ahead_of_monotonic(loop_.now())) {
  tell_time(loop_.now());
  adopt(snapshot, config);
}

ControlPlane::~ControlPlane() {
  close();
}

void ControlPlane::run() {
  asio::co_spawn(loop_.context(), signal_loop(), asio::detached);
  beat_ = loop_.timers().arm(loop_.now(), *this, 0);
  loop_.run();
}

void ControlPlane::close() {
  loop_.timers().cancel(beat_);
  asio::error_code ignored;
  signals_.cancel(ignored);
  bootstrap_.close();
  transport_.close();
  loop_.drain();
}

void ControlPlane::adopt(const SnapshotPtr& snapshot, const Config& config) {
  retire_gone(transport_, *snapshot_, *snapshot);
  snapshot_ = snapshot;
  bootstrap_.follow(config.bootstrap, snapshot->upstreams);
  checker_.adopt(snapshot, loop_.now());
}

void ControlPlane::network_changed(TimePoint now) {
  reset_all(transport_, *snapshot_);
  bootstrap_.refresh();
  checker_.network_changed(now);
}

asio::awaitable<void> ControlPlane::signal_loop() {
  for (;;) {
    auto [error, signal] = co_await signals_.async_wait(use_result);
    if (error) co_return;
    if (signal == SIGHUP) {
      hooks_.reload();
    } else {
      hooks_.stop();
    }
  }
}

void ControlPlane::on_timer(std::uint64_t, TimePoint now) noexcept {
  beat_ = loop_.timers().arm(now + Checker::kTick, *this, 0);
  if (slept(now)) {
    network_changed(now);
    hooks_.resumed();
  }
  tell_time(now);
  checker_.tick(now);
  hooks_.beat(++beats_, now);
}

/// Each beat anew: the machine's clock may be set.
void ControlPlane::tell_time(TimePoint now) noexcept {
  const auto unix_time = std::chrono::system_clock::now().time_since_epoch();
  wall_.set(now, std::chrono::floor<std::chrono::seconds>(unix_time));
}

bool ControlPlane::slept(TimePoint now) noexcept {
  const Duration ahead = ahead_of_monotonic(now);
  const bool slept = ahead - asleep_ > kNap;
  asleep_ = ahead;
  return slept;
}

}  // namespace holdfast
