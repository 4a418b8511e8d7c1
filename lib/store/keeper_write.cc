// The Keeper's writing half: what was learnt, in batches, one transaction each.
#include <algorithm>
#include <thread>

#include "store/keeper.h"

namespace holdfast {
namespace {

// One transaction: some 10 ms, and less than the pages that are kept free for it.
constexpr std::size_t kRowsAtOnce = 1000;
constexpr std::size_t kBytesAtOnce = std::size_t{512} * 1024;

// Then the workers, who may share the CPU, get their turn: some schedulers do not interrupt a
// thread for one that wakes.
constexpr std::size_t kRowsInARow = 32;

}  // namespace

void Keeper::flush(const Moment& moment) {
  const bool idle = pending_.empty() && !notes_changed_ && !failing_;
  DiskState state = idle ? DiskState::ok : write_some();
  if (state == DiskState::full) {
    // The bound may have been met before trim() saw it coming.
    state = trim();
    if (state == DiskState::ok) state = write_some();
  }
  if (state == DiskState::ok && !idle) state = trim();
  if (state != DiskState::ok) return trouble(state, moment);
  written(moment);
}

/// One batch.
DiskState Keeper::write_some() {
  std::size_t rows = 0;
  std::size_t bytes = 0;
  DiskState state = store_.begin();
  if (state != DiskState::ok) return state;
  const std::size_t to = pending_.visit(written_to_, [&](const AnswerRow& answer) {
    state = store_.put(answer);
    bytes += answer.record.size();
    if (rows % kRowsInARow == 0) std::this_thread::yield();
    return state == DiskState::ok && ++rows < kRowsAtOnce && bytes < kBytesAtOnce;
  });
  if (state == DiskState::ok) state = write_notes();
  if (state == DiskState::ok) state = store_.commit();
  if (state != DiskState::ok) {
    store_.rollback();
    health_written_.clear();  // who knows what of it was
    hosts_written_.clear();
    zones_written_.clear();
    return state;
  }
  notes_changed_ = false;
  counters_.written.add(rows);
  unsynced_ = unsynced_ || rows > 0;
  in_log_ = in_log_ || rows > 0;
  written_to_ = to;
  return state;
}

void Keeper::written(const Moment& moment) {
  store_.expect(written_to_ < pending_.size());
  if (written_to_ >= pending_.size()) {
    pending_.clear();
    written_to_ = 0;
    flush_at_ = moment.now + kFlushEvery;
  }
  if (std::exchange(failing_, false)) tell(false, file_.path() + " can be written again");
  counters_.up.set(1);
  if (in_log_) measure();
  if (!in_log_ || moment.now < checkpoint_at_) return;
  checkpoint_at_ = moment.now + kCheckpointEvery;
  in_log_ = false;
  const DiskState state = store_.checkpoint();
  if (state != DiskState::ok && state != DiskState::locked) trouble(state, moment);
}

void Keeper::measure() {
  counters_.rows.set(store_.rows());
  counters_.bytes.set(static_cast<std::int64_t>(file_.bytes()));
}

DiskState Keeper::trim() {
  constexpr int kAtMost = 20;  // the rest at the next turn
  bool more = true;
  for (int i = 0; i < kAtMost && more; ++i) {
    const DiskState state = store_.trim(more);
    if (state != DiskState::ok) return state;
  }
  return DiskState::ok;
}

DiskState Keeper::write_notes() {
  DiskState state = write_health();
  if (state == DiskState::ok) state = write_hosts();
  return state == DiskState::ok ? write_zones() : state;
}

/// Those that changed, those whose trouble lasts, and none that is configured no more.
DiskState Keeper::write_health() {
  if (health_now_.empty()) return DiskState::ok;
  for (const SavedHealth& now : health_now_) {
    const auto before = health_written_.find(now.upstream);
    const bool same = before != health_written_.end() && now.state == before->second.state;
    const bool lasts = same && now.state != HealthState::up;
    if (same && !(lasts && now.at - before->second.at >= kHealthAgain)) continue;
    const RowKey key = RowKey::of_note(RowKind::health, now.upstream);
    const DiskState state = store_.put_note(key, holdfast::write_health(now));
    if (state != DiskState::ok) return state;
    health_written_[now.upstream] = now;
  }
  for (auto written = health_written_.begin(); written != health_written_.end();) {
    const auto is_it = [&](const SavedHealth& now) { return now.upstream == written->first; };
    if (std::ranges::any_of(health_now_, is_it)) {
      ++written;
      continue;
    }
    const RowKey key = RowKey::of_note(RowKind::health, written->first);
    if (const DiskState state = store_.erase_note(key); state != DiskState::ok) return state;
    written = health_written_.erase(written);
  }
  return DiskState::ok;
}

DiskState Keeper::write_hosts() {
  for (const auto& [host, addresses] : hosts_now_) {
    const auto before = hosts_written_.find(host);
    if (before != hosts_written_.end() && before->second == addresses) continue;
    const RowKey key = RowKey::of_note(RowKind::host, host);
    const DiskState state = store_.put_note(key, holdfast::write_host({host, addresses}));
    if (state != DiskState::ok) return state;
    hosts_written_[host] = addresses;
  }
  return DiskState::ok;
}

/// Only once nothing is left of the zones that changed: until then a restart must see the change.
DiskState Keeper::write_zones() {
  if (!forgets_.empty() || zones_now_.empty() || zones_now_ == zones_written_) return DiskState::ok;
  for (const auto& [zone, mark] : zones_now_) {
    const auto before = zones_written_.find(zone);
    if (before != zones_written_.end() && before->second == mark) continue;
    const DiskState state = store_.put_note(RowKey::of_note(RowKind::zone, zone), write_zone(mark));
    if (state != DiskState::ok) return state;
  }
  for (const auto& [zone, mark] : zones_written_) {
    if (zones_now_.contains(zone)) continue;
    const DiskState state = store_.erase_note(RowKey::of_note(RowKind::zone, zone));
    if (state != DiskState::ok) return state;
  }
  zones_written_ = zones_now_;
  return DiskState::ok;
}

}  // namespace holdfast
