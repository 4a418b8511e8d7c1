#include "daemon/store_thread.h"

#include <algorithm>
#include <sys/resource.h>
#include <utility>

#include "daemon/log.h"

namespace holdfast {
namespace {

constexpr int kNice = 5;  // workers first

}  // namespace

StoreThread::StoreThread(Cache& cache, const WallClock& wall, StoreSettings settings,
                         DiskSync::Sync sync)
    : wall_(wall), keeper_(cache, std::move(settings)), disk_sync_(std::move(sync)) {}

void StoreThread::start(std::function<void(SavedNotes)> on_notes) {
  on_notes_ = std::move(on_notes);
  runs_ = true;
  disk_sync_.start();
  thread_ = std::thread([this] { run(); });
}

void StoreThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    runs_ = false;
  }
  called_.notify_one();
  if (thread_.joinable()) thread_.join();
  disk_sync_.stop();
}

bool StoreThread::ask(StoreQuestion question) {
  {
    const std::lock_guard lock(mutex_);
    if (!runs_ || inbox_.questions.size() >= kMostQuestions) return false;
    inbox_.questions.push_back(std::move(question));
  }
  called_.notify_one();
  return true;
}

void StoreThread::hurry() noexcept {
  if (hurried_.exchange(true, std::memory_order_relaxed)) return;
  // Whoever is about to wait has seen it, or hears this.
  { const std::lock_guard lock(mutex_); }
  called_.notify_one();
}

void StoreThread::forget(const dns::Name& name, bool zone) {
  {
    const std::lock_guard lock(mutex_);
    inbox_.forgets.push_back({name, zone});
  }
  called_.notify_one();
}

void StoreThread::save_health(std::vector<SavedHealth> health) {
  const std::lock_guard lock(mutex_);
  inbox_.health = std::move(health);
}

void StoreThread::save_host(SavedHost host) {
  const std::lock_guard lock(mutex_);
  inbox_.hosts.push_back(std::move(host));
}

void StoreThread::save_zones(ZoneMarks zones) {
  const std::lock_guard lock(mutex_);
  inbox_.zones = std::move(zones);
}

std::uint64_t StoreThread::dropped() const noexcept {
  std::uint64_t dropped = 0;
  for (const StorePort* port : ports_)
    dropped += port->dropped();
  return dropped;
}

Moment StoreThread::moment() const noexcept {
  const TimePoint now = boot_time();
  return {now, wall_.at(now)};
}

void StoreThread::run() {
  ::setpriority(PRIO_PROCESS, 0, kNice);  // of this thread: Linux has one for each
  bool runs = true;
  while (runs) {
    turn();
    const std::lock_guard lock(mutex_);
    runs = runs_;
  }
  take(last_calls());
  keeper_.finish(moment());
  tell();
  for (StoreQuestion& question : questions_)
    question.loop->post([question] { question.done(false, question.loop->now()); });
}

void StoreThread::turn() {
  Inbox inbox = wait();
  hurried_.store(false, std::memory_order_relaxed);
  take(std::move(inbox));
  keeper_.turn(moment());
  answer(moment());
  sync();
  tell();
}

/// What the rings hold comes first: what is to be forgotten was learnt before.
void StoreThread::take(Inbox inbox) {
  for (StorePort* port : ports_)
    port->ring().drain([this](dns::Bytes row) { keeper_.take(row); });
  for (const Forget& forget : inbox.forgets)
    keeper_.forget(forget.name, forget.zone);
  if (!inbox.health.empty()) keeper_.save_health(std::move(inbox.health));
  for (SavedHost& host : inbox.hosts)
    keeper_.save_host(std::move(host));
  if (!inbox.zones.empty()) keeper_.save_zones(std::move(inbox.zones));
  std::ranges::move(inbox.questions, std::back_inserter(questions_));
}

void StoreThread::sync() {
  if (const auto outcome = disk_sync_.take()) keeper_.synced(*outcome, moment());
  if (std::string due = keeper_.take_sync(moment()); !due.empty()) disk_sync_.begin(std::move(due));
}

/// What came in, as soon as there is something to do.
StoreThread::Inbox StoreThread::wait() {
  std::unique_lock lock(mutex_);
  const auto called = [this] {
    return !runs_ || !inbox_.questions.empty() || !inbox_.forgets.empty() ||
           hurried_.load(std::memory_order_relaxed);
  };
  if (!keeper_.busy()) called_.wait_for(lock, Keeper::kFlushEvery, called);
  return std::exchange(inbox_, {});
}

/// What came in during the last turn.
StoreThread::Inbox StoreThread::last_calls() {
  const std::lock_guard lock(mutex_);
  return std::exchange(inbox_, {});
}

void StoreThread::answer(const Moment& moment) {
  std::erase_if(questions_, [&](const StoreQuestion& question) {
    const Keeper::Found found = keeper_.find(question.key(), moment);
    if (found == Keeper::Found::later) return false;
    const bool yes = found == Keeper::Found::yes;
    question.loop->post(
        [done = question.done, loop = question.loop, yes] { done(yes, loop->now()); });
    return true;
  });
}

void StoreThread::tell() {
  for (const StoreLine& report : keeper_.take_reports()) {
    if (report.warning) {
      HOLDFAST_LOG(warning, "{}", report.text);
    } else {
      HOLDFAST_LOG(info, "{}", report.text);
    }
  }
  SavedNotes notes = keeper_.take_notes();
  if (on_notes_ && (!notes.health.empty() || !notes.hosts.empty())) on_notes_(std::move(notes));
}

}  // namespace holdfast
