#include "daemon/worker.h"

#include <cstdlib>
#include <exception>
#include <pthread.h>
#include <system_error>
#include <utility>

#include "daemon/log.h"
#include "daemon/transport_changes.h"

namespace holdfast {
namespace {

std::unique_ptr<StorePort> open_port(const SharedParts& shared, EventLoop& loop) {
  if (shared.store == nullptr) return nullptr;
  return std::make_unique<StorePort>(*shared.store, loop, shared.wall);
}

}  // namespace

Worker::Worker(const SharedParts& shared, WorkerSockets sockets, const SnapshotPtr& snapshot)
    : last_tick_(boot_time().time_since_epoch().count()),
      snapshot_(snapshot),
      transport_({loop_, random_, counters_, shared.addresses, shared.trust}, shared.budgets),
      injector_({transport_, loop_.timers(), random_, shared.drills}, snapshot),
      store_port_(open_port(shared, loop_)),
      fleet_port_(shared.fleet == nullptr
                      ? nullptr
                      : std::make_unique<FleetPort>(*shared.fleet, loop_, shared.wall)),
      resolver_({injector_, loop_.timers(), random_, shared.cache, shared.board, shared.traits,
                 shared.hedges, counters_, evidence_, shared.wall, shared.holds, behind(),
                 &shared.loops, &shared.drills},
                snapshot),
      listeners_(
          loop_, std::move(sockets),
          [this](const ClientQuery& query, TimePoint now, std::span<std::uint8_t> buffer) {
            return resolver_.resolve(query, now, buffer);
          },
          counters_, snapshot->limits) {}

Worker::~Worker() {
  stop();
  join();
  // What was posted to a loop that never ran, or ran no more, must not outlive what it speaks to.
  listeners_.close();
  transport_.close();
  loop_.drain();
}

bool Worker::start() {
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void Worker::stop() {
  loop_.stop();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::adopt(SnapshotPtr snapshot, std::function<void()> adopted) {
  loop_.post([this, next = std::move(snapshot), adopted = std::move(adopted)] {
    resolver_.adopt(next);
    injector_.adopt(next);
    listeners_.set_limits(next->limits);
    retire_gone(transport_, *snapshot_, *next);
    snapshot_ = next;
    adopted();
  });
}

void Worker::network_changed() {
  loop_.post([this] { reset_all(transport_, *snapshot_); });
}

void Worker::explain(dns::Question question, std::function<void(Explanation)> done) {
  loop_.post([this, question, done = std::move(done)]() mutable {
    resolver_.explain(question, loop_.now(), std::move(done));
  });
}

void Worker::log_queries(bool enabled) {
  if (enabled && !query_log_) query_log_ = std::make_unique<QueryLogRing>();
  QueryLogRing* ring = enabled ? query_log_.get() : nullptr;
  loop_.post([this, ring] {
    if (ring == nullptr) return resolver_.set_query_log({});
    resolver_.set_query_log([ring](const QueryLogEntry& entry) { ring->push(entry); });
  });
}

/// Memory behind the cache, the nearest first.
std::vector<SecondLevel*> Worker::behind() const {
  std::vector<SecondLevel*> behind;
  if (store_port_) behind.push_back(store_port_.get());
  if (fleet_port_) behind.push_back(fleet_port_.get());
  return behind;
}

void Worker::run() {
  ::pthread_setname_np(::pthread_self(), "worker");  // for top, ps and the like
  try {
    tick_ = loop_.timers().arm(loop_.now() + kTick, *this, 0);
    listeners_.start();
    loop_.run();
    finish();
  } catch (const std::exception& error) {
    // A worker that is gone would lose every query the kernel gives it: better to start again.
    log_line(LogLevel::error, fmt::format("a worker cannot go on: {}", error.what()));
    std::abort();
  }
}

void Worker::finish() {
  listeners_.stop();
  const TimePoint lookups_until = loop_.now() + kLookupPatience;
  while (resolver_.lookups_in_flight() > 0 && loop_.now() < lookups_until)
    loop_.turn(10ms);
  resolver_.drain(loop_.now());
  if (fleet_port_) fleet_port_->forget();
  const TimePoint replies_until = loop_.now() + kReplyPatience;
  while (listeners_.pending() > 0 && loop_.now() < replies_until)
    loop_.turn(10ms);
  loop_.turn(Duration{});  // what waits for the end of a turn goes out
  loop_.timers().cancel(tick_);
  listeners_.close();
  transport_.close();
  loop_.drain();
}

void Worker::on_timer(std::uint64_t, TimePoint now) noexcept {
  Evidence::store(last_tick_, now);
  listeners_.count_drops();
  tick_ = loop_.timers().arm(now + kTick, *this, 0);
}

}  // namespace holdfast
