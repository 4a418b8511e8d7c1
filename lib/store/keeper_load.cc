// The Keeper's reading half: the store's rows, or those of a damaged one, into the cache.
#include <ctime>
#include <limits>

#include "store/keeper.h"

namespace holdfast {
namespace {

constexpr std::int64_t kRowsAtOnce = 500;  // about 2 ms
/// What may be served stale at most, by any configuration.
constexpr std::chrono::hours kLongestStale{24 * 90};
constexpr std::chrono::seconds kClockSkew = 60s;

std::string print(UnixTime time) {
  const auto when = static_cast<std::time_t>(time.count());
  std::tm parts{};
  gmtime_r(&when, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::int64_t milliseconds(Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

std::string print_seconds(Duration d) {
  const auto ms = milliseconds(d);
  std::string fraction = std::to_string(ms % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::to_string(ms / 1000) + "." + fraction + " s";
}

}  // namespace

void Keeper::begin_load(const Moment& moment) {
  load_ = {};
  load_.runs = true;
  load_.began = moment.now;
  load_.below = std::numeric_limits<std::int64_t>::max();
  load_.evictions = cache_.stats().evictions;
}

void Keeper::load_step(const Moment& moment) {
  std::int64_t seen = 0;
  std::vector<std::int64_t> bad;
  const DiskState state = store_.newest(load_.below, kRowsAtOnce, [&](const StoredRow& row) {
    ++seen;
    load_.below = row.number;
    if (forgets_.cover(RowKey::name_in(row.key))) return;
    const RowFate fate = loader_.take(row.key, row.value, moment);
    if (fate == RowFate::taken) ++load_.taken;
    if (fate >= RowFate::damaged) bad.push_back(row.number);
  });
  load_.damaged += bad.size();
  counters_.damaged.add(bad.size());
  if (state != DiskState::ok) return trouble(state, moment);
  if (const DiskState erased = erase(bad); erased != DiskState::ok) return trouble(erased, moment);
  const bool cache_full = cache_.stats().evictions > load_.evictions;
  if (cache_full || seen < kRowsAtOnce) load_ended(cache_full, moment);
}

/// Rows that are worth nothing.
DiskState Keeper::erase(const std::vector<std::int64_t>& numbers) {
  if (numbers.empty()) return DiskState::ok;
  DiskState state = store_.begin();
  for (std::size_t i = 0; i < numbers.size() && state == DiskState::ok; ++i)
    state = store_.erase(numbers[i]);
  if (state == DiskState::ok) state = store_.commit();
  if (state != DiskState::ok) store_.rollback();
  return state;
}

void Keeper::load_ended(bool cache_full, const Moment& moment) {
  load_.runs = false;
  load_.done = true;
  const Duration took = moment.now - load_.began;
  counters_.loaded.add(load_.taken);
  counters_.load_milliseconds.set(milliseconds(took));
  tell(false, std::to_string(load_.taken) + " answers loaded from " + file_.path() + " in " +
                  print_seconds(took) +
                  (cache_full ? "; the rest stays on disk, the cache is full" : ""));
  if (load_.damaged > 0) {
    tell(true, std::to_string(load_.damaged) + " damaged rows of " + file_.path() + " dropped");
  }
  compare_clocks(moment);
  const DiskState state = store_.count();
  measure();
  if (state != DiskState::ok) trouble(state, moment);
}

void Keeper::salvage_step(const Moment& moment) {
  bool more = false;
  const DiskState state = salvage_->step(moment, more);
  if (state != DiskState::ok) {
    // What is read from now on goes to the cache; a full store holds the newest already.
    const bool bounded = state == DiskState::full;
    if (!bounded) give_up(state, file_.path() + ": " + store_.why(), moment);
  }
  if (!more) salvage_ended(moment);
}

void Keeper::salvage_ended(const Moment& moment) {
  const bool writes = store_.is_open();
  for (const SavedHealth& health : salvage_->notes().health)
    notes_.health.push_back(health);
  for (const SavedHost& host : salvage_->notes().hosts)
    notes_.hosts.push_back(host);
  drop_changed(salvage_->notes().zones);
  const std::uint64_t kept = salvage_->kept();
  const std::uint64_t dropped = salvage_->dropped();
  salvage_.reset();
  load_.done = true;
  const Duration took = moment.now - load_.began;
  counters_.loaded.add(kept);
  counters_.damaged.add(dropped);
  counters_.load_milliseconds.set(milliseconds(took));
  tell(true, std::to_string(kept) + " rows read page by page in " + print_seconds(took) + ", " +
                 std::to_string(dropped) + " damaged ones dropped" +
                 (writes ? "" : "; nothing is written"));
  compare_clocks(moment);
  measure();
}

/// Nothing is deleted because of what the clock says: it may say something else tomorrow.
void Keeper::compare_clocks(const Moment& moment) {
  const UnixTime youngest = loader_.youngest();
  if (youngest == UnixTime{}) return;
  const std::string both = "the clock says " + print(moment.wall) +
                           ", but the store was written until " + print(youngest);
  if (youngest > moment.wall + kClockSkew) {
    tell(true, both + ": answers from the future are taken as stale");
  } else if (moment.wall - youngest > kLongestStale) {
    tell(true, both +
                   ": answers that old are not served; if the clock is wrong, set it and "
                   "restart");
  }
}

}  // namespace holdfast
