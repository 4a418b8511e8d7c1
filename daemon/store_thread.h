// StoreThread: the thread that owns the store's file. It takes what the workers have learnt off
// their rings, answers what they ask, and gives the Keeper its turns; the rules are in
// store/keeper.h. Nobody ever waits for this thread, and it runs behind all others.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/wall_clock.h"
#include "daemon/disk_sync.h"
#include "daemon/store_port.h"
#include "dns/name.h"
#include "store/keeper.h"

namespace holdfast {

/// A worker's question to the store.
struct StoreQuestion {
  std::vector<std::uint8_t> name;
  dns::RrType type;
  dns::RrClass rr_class;
  bool dnssec_ok, checking_disabled;
  SecondLevel::Done done;
  EventLoop* loop;  // where `done` is called

  [[nodiscard]] CacheKey key() const noexcept {
    return {name, type, rr_class, dnssec_ok, checking_disabled};
  }
};

/// Any thread, but for what says otherwise.
class StoreThread {
 public:
  static constexpr std::size_t kMostQuestions = 4096;

  StoreThread(Cache& cache, const WallClock& wall, StoreSettings settings,
              DiskSync::Sync sync = StoreFile::sync);

  ~StoreThread() { stop(); }

  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  /// Before start(). A port that goes before stop() has returned is detached first.
  void attach(StorePort& port) { ports_.push_back(&port); }

  /// Before start() or after stop().
  void detach(const StorePort& port) { std::erase(ports_, &port); }

  /// `on_notes` is called on this thread with what was found of former times.
  void start(std::function<void(SavedNotes)> on_notes);
  /// Writes what is left; then nothing is taken any more. Once the workers have ended.
  void stop();

  /// False if there are too many questions already, or it has stopped.
  [[nodiscard]] bool ask(StoreQuestion question);
  /// A ring fills: no waiting for the next turn.
  void hurry() noexcept;
  /// A name, or a zone, was dropped from the cache: the disk follows.
  void forget(const dns::Name& name, bool zone);
  void save_health(std::vector<SavedHealth> health);
  void save_host(SavedHost host);
  /// By whom each zone is answered now: before start(), and when all workers do so.
  void save_zones(ZoneMarks zones);

  [[nodiscard]] const StoreCounters& counters() const noexcept { return keeper_.counters(); }

  /// Answers that never got to the Keeper: a ring was full.
  [[nodiscard]] std::uint64_t dropped() const noexcept;

 private:
  struct Forget {
    dns::Name name;
    bool zone;
  };

  struct Inbox {
    std::vector<StoreQuestion> questions;
    std::vector<Forget> forgets;
    std::vector<SavedHealth> health;
    std::vector<SavedHost> hosts;
    ZoneMarks zones;
  };

  void run();
  void turn();
  [[nodiscard]] Inbox wait();
  [[nodiscard]] Inbox last_calls();
  void take(Inbox inbox);
  void answer(const Moment& moment);
  void sync();
  void tell();
  [[nodiscard]] Moment moment() const noexcept;

  const WallClock& wall_;
  Keeper keeper_;
  DiskSync disk_sync_;
  std::vector<StorePort*> ports_;
  std::function<void(SavedNotes)> on_notes_;
  std::vector<StoreQuestion> questions_;  // of the thread: asked and not answered yet
  std::thread thread_;
  std::mutex mutex_;  // of what follows
  std::condition_variable called_;
  Inbox inbox_;
  bool runs_ = false;
  std::atomic<bool> hurried_{true};  // to begin with: what is there is wanted
};

}  // namespace holdfast
