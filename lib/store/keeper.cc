#include "store/keeper.h"

#include <algorithm>
#include <utility>

#include "store/log_check.h"

namespace holdfast {
namespace {

/// Answers that wait for a disk which cannot be written.
constexpr std::size_t kPendingBytes = std::size_t{8} * 1024 * 1024;
/// A disk that damages files one after the other is left alone for a while.
constexpr Duration kAsideAgain = 1min;
/// Clocks are corrected by less all the time.
constexpr std::chrono::seconds kClockJump = 60s;

std::string meaning(DiskState state) {
  switch (state) {
    case DiskState::locked:
      return "another process holds it";
    case DiskState::full:
      return "the disk is full";
    case DiskState::damaged:
      return "it is damaged again";
    default:
      return "it cannot be used";
  }
}

UnixTime offset(const Moment& moment) noexcept {
  return moment.wall - std::chrono::floor<std::chrono::seconds>(moment.now.time_since_epoch());
}

}  // namespace

Keeper::Keeper(Cache& cache, StoreSettings settings)
    : cache_(cache),
      settings_(std::move(settings)),
      file_(settings_.folder),
      loader_(cache),
      pending_(kPendingBytes) {
  counters_.loading.set(1);  // until it is known what there is
}

void Keeper::take(dns::Bytes row) {
  if (!pending_.add(row)) counters_.dropped.add();
}

void Keeper::save_health(std::vector<SavedHealth> health) {
  health_now_ = std::move(health);
  notes_changed_ = true;
}

void Keeper::save_host(SavedHost host) {
  hosts_now_[host.host] = std::move(host.addresses);
  notes_changed_ = true;
}

void Keeper::save_zones(ZoneMarks zones) {
  zones_now_ = std::move(zones);
  notes_changed_ = true;
}

void Keeper::turn(const Moment& moment) {
  watch_clock(moment);
  if (!store_.is_open() && !salvage_ && moment.now >= retry_at_) open(moment);
  if (!forgets_.empty() && !salvage_) carry_out_forgets(moment);
  if (salvage_) {
    salvage_step(moment);
  } else if (load_.runs) {
    load_step(moment);
  }
  if (store_.is_open() && moment.now >= flush_at_) flush(moment);
  counters_.loading.set(salvage_ || load_.runs ? 1 : 0);
}

bool Keeper::busy() const noexcept {
  const bool writes = store_.is_open() && !failing_ && written_to_ > 0;
  return salvage_ || load_.runs || writes;
}

void Keeper::open(const Moment& moment) {
  if (const std::string why = file_.prepare(); !why.empty()) {
    return give_up(DiskState::unusable, why, moment);
  }
  if (file_.lost_its_head()) return set_aside("it is empty, its log is not", moment);
  if (!load_.done && !log_is_whole(StoreFile::log_of(file_.path()))) {
    return set_aside("its log is damaged", moment);
  }
  const DiskState state = store_.open(file_.path(), settings_.max_bytes);
  if (state == DiskState::ok) return opened(moment);
  trouble(state, moment);
}

void Keeper::opened(const Moment& moment) {
  if (std::exchange(failing_, false)) tell(false, file_.path() + " can be used again");
  counters_.up.set(1);
  flush_at_ = moment.now;
  checkpoint_at_ = moment.now + kCheckpointEvery;
  read_notes();
  if (load_.done) return;
  drop_changed(zones_written_);
  begin_load(moment);
}

/// Whatever went wrong with an open file, or with opening it.
void Keeper::trouble(DiskState state, const Moment& moment) {
  if (state == DiskState::damaged) return set_aside(std::string(store_.why()), moment);
  give_up(state, file_.path() + ": " + store_.why(), moment);
}

void Keeper::set_aside(const std::string& damage, const Moment& moment) {
  store_.close();
  load_.runs = false;
  written_to_ = 0;
  if (set_aside_at_ != kNever && moment.now - set_aside_at_ < kAsideAgain) {
    return give_up(DiskState::damaged, file_.path() + ": " + damage, moment);
  }
  std::string why;
  const std::string bad = file_.set_aside(moment.wall, why);
  if (bad.empty()) return give_up(DiskState::unusable, why, moment);
  set_aside_at_ = moment.now;
  counters_.set_aside.add();
  tell(true, file_.path() + " is damaged (" + damage + "): set aside as " + bad +
                 "; what is readable of it is kept");
  const std::string unprepared = file_.prepare();
  const DiskState state =
      unprepared.empty() ? store_.open(file_.path(), settings_.max_bytes) : DiskState::unusable;
  salvage_ = std::make_unique<Salvage>(bad, store_, loader_);
  load_.began = moment.now;
  if (state == DiskState::ok) {
    opened(moment);
    load_.runs = false;  // there is nothing but what the salvage will bring
    return;
  }
  give_up(state, unprepared.empty() ? file_.path() + ": " + store_.why() : unprepared, moment);
}

/// For now all goes on in memory.
void Keeper::give_up(DiskState state, const std::string& why, const Moment& moment) {
  counters_.errors.add();
  counters_.up.set(0);
  retry_at_ = flush_at_ = moment.now + kRetryAfter;
  if (!std::exchange(failing_, true)) {
    tell(true, why + " (" + meaning(state) +
                   "): what is learnt stays in memory only; tried again every 10 s");
  }
  if (state == DiskState::full) return;  // it can still be read
  store_.close();
  load_.runs = false;
  if (state == DiskState::unusable && !load_.done && !salvage_ && file_.exists()) {
    // A disk that may not be written can still be read.
    load_.began = moment.now;
    salvage_ = std::make_unique<Salvage>(file_.path(), store_, loader_);
  }
}

void Keeper::read_notes() {
  health_written_.clear();
  hosts_written_.clear();
  zones_written_.clear();
  SavedNotes found;
  const DiskState state = store_.notes([&](const StoredRow& row) {
    const auto body = unseal(row.key, row.value);
    if (!body || !read_note(row.key, *body, found)) counters_.damaged.add();
  });
  if (state != DiskState::ok) return;  // the load will meet it, too
  for (const SavedHealth& health : found.health)
    health_written_[health.upstream] = health;
  for (const SavedHost& host : found.hosts)
    hosts_written_[host.host] = host.addresses;
  zones_written_ = std::move(found.zones);
  std::ranges::move(found.health, std::back_inserter(notes_.health));
  std::ranges::move(found.hosts, std::back_inserter(notes_.hosts));
}

/// The configuration changed while the daemon was not running.
void Keeper::drop_changed(const ZoneMarks& before) {
  if (before.empty() || zones_now_.empty()) return;  // nothing is known of the one or the other
  for (const dns::Name& zone : changed_zones(before, zones_now_)) {
    tell(false, "stored answers of zone " + zone.to_string() + " dropped: its route changed");
    forget(zone, true);
  }
}

Keeper::Found Keeper::find(const CacheKey& key, const Moment& moment) {
  bool found = false;
  for (const Place place : kPlaces) {
    if (!store_.is_open() || forgets_.cover(key.name)) break;
    const DiskState state = store_.find(RowKey::of_answer(key, place), [&](const StoredRow& row) {
      found = loader_.take(row.key, row.value, moment) <= RowFate::held || found;
    });
    if (state != DiskState::ok) trouble(state, moment);
  }
  if (!found && salvage_) return Found::later;
  (found ? counters_.read_hits : counters_.read_misses).add();
  return found ? Found::yes : Found::no;
}

void Keeper::forget(const dns::Name& name, bool zone) {
  forgets_.add(name, zone);
  forgot_while_reading_ = forgot_while_reading_ || salvage_ || !load_.done;
}

void Keeper::carry_out_forgets(const Moment& moment) {
  // Reading may have brought back what had just been dropped.
  if (std::exchange(forgot_while_reading_, false)) {
    for (const auto& [name, zone] : forgets_.list())
      (void)(zone ? cache_.flush_zone(name) : cache_.flush_name(name));
  }
  pending_.forget(forgets_);
  if (!store_.is_open()) return;
  DiskState state = store_.begin();
  if (state == DiskState::ok) state = store_.forget(forgets_);
  if (state == DiskState::ok) state = store_.commit();
  if (state != DiskState::ok) {
    store_.rollback();
    return trouble(state, moment);
  }
  forgets_.clear();
}

std::string Keeper::take_sync(const Moment& moment) {
  if (!store_.is_open() || syncing_ || !unsynced_ || moment.now < sync_at_) return {};
  sync_at_ = moment.now + kSyncEvery;
  unsynced_ = false;
  syncing_ = true;
  return StoreFile::log_of(file_.path());
}

void Keeper::synced(const std::string& why_not, const Moment& moment) {
  syncing_ = false;
  if (!why_not.empty() && store_.is_open()) give_up(DiskState::unusable, why_not, moment);
}

void Keeper::finish(const Moment& moment) {
  checkpoint_at_ = kForever;  // nobody waits for a slow disk now
  if (!forgets_.empty()) carry_out_forgets(moment);
  const std::uint64_t errors = counters_.errors.get();
  do {
    if (store_.is_open()) flush(moment);
  } while (store_.is_open() && !pending_.empty() && counters_.errors.get() == errors);
  store_.close();
  counters_.up.set(0);
}

void Keeper::watch_clock(const Moment& moment) {
  const auto before = std::exchange(clock_, offset(moment));
  if (!before) return;
  const std::chrono::seconds jump = *clock_ - *before;
  if (jump < kClockJump && jump > -kClockJump) return;
  tell(true, "the clock was set " + std::string(jump > 0s ? "forward" : "back") + " by " +
                 std::to_string(std::chrono::abs(jump).count()) +
                 " s: answers that were stored before or after may seem older than they are, and "
                 "are then not served");
}

void Keeper::tell(bool warning, std::string text) {
  reports_.push_back({warning, "store: " + std::move(text)});
}

std::vector<StoreLine> Keeper::take_reports() {
  return std::exchange(reports_, {});
}

SavedNotes Keeper::take_notes() {
  return std::exchange(notes_, {});
}

}  // namespace holdfast
