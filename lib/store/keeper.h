// Keeper: the store's rules. Opens the file, brings what it holds into the cache, newest first,
// writes what is learnt in batches, and outlives whatever the disk does: a damaged file is set
// aside and read page by page, a disk that cannot be used is tried again later, and meanwhile all
// goes on in memory. One thread calls it and tells it the time; nothing waits for it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "store/loader.h"
#include "store/notes.h"
#include "store/pending_rows.h"
#include "store/salvage.h"
#include "store/store.h"
#include "store/store_counters.h"
#include "store/store_file.h"

namespace holdfast {

struct StoreSettings {
  std::string folder;
  std::uint64_t max_bytes = 0;  // of the file; its log comes besides
};

/// A line for the log.
struct StoreLine {
  bool warning = false;
  std::string text;
};

class Keeper {
 public:
  /// What is learnt is on disk this long after, and the time that one turn takes.
  static constexpr Duration kFlushEvery = 250ms;
  /// A disk that could not be used is tried again after this.
  static constexpr Duration kRetryAfter = 10s;
  /// What is written outlives a loss of power this long after, and the time that the disk takes.
  static constexpr Duration kSyncEvery = 1s;
  /// The log is moved over into the file.
  static constexpr Duration kCheckpointEvery = 30s;
  /// A state of health that lasts is written again after this, so that its age is known.
  static constexpr std::chrono::seconds kHealthAgain = 30s;

  Keeper(Cache& cache, StoreSettings settings);

  /// An answer, as write_answer_row() made it, to be written by one of the next turns.
  void take(dns::Bytes row);
  /// How all upstreams fare now.
  void save_health(std::vector<SavedHealth> health);
  /// Where a host was found just now.
  void save_host(SavedHost host);
  /// By whom each zone is answered from now on. Before the first turn: what the store holds of
  /// zones that were answered by others when it was written is dropped.
  void save_zones(ZoneMarks zones);

  /// Does what is due, for some milliseconds.
  void turn(const Moment& moment);
  /// There is more to do at once.
  [[nodiscard]] bool busy() const noexcept;

  enum class Found : std::uint8_t { yes, no, later };
  /// Looks on the disk, and puts what it finds into the cache. `later`: the store is still being
  /// read, ask again after the next turn.
  [[nodiscard]] Found find(const CacheKey& key, const Moment& moment);

  /// A name, or a zone, was dropped from the cache: its answers go from the disk at the next turn
  /// that can.
  void forget(const dns::Name& name, bool zone);

  /// The file that StoreFile::sync() is due for, which may be on another thread; "" if none. What
  /// came of it is told to synced().
  [[nodiscard]] std::string take_sync(const Moment& moment);
  void synced(const std::string& why_not, const Moment& moment);

  /// Writes what waits and closes the file.
  void finish(const Moment& moment);

  /// Lines since the last call.
  [[nodiscard]] std::vector<StoreLine> take_reports();
  /// What was found of former times since the last call.
  [[nodiscard]] SavedNotes take_notes();

  [[nodiscard]] const StoreCounters& counters() const noexcept { return counters_; }

 private:
  struct Load {
    bool runs = false, done = false;
    std::int64_t below = 0;
    std::uint64_t taken = 0, damaged = 0, evictions = 0;
    TimePoint began{};
  };

  // keeper.cc: the file
  void open(const Moment& moment);
  void opened(const Moment& moment);
  void set_aside(const std::string& damage, const Moment& moment);
  void trouble(DiskState state, const Moment& moment);
  void give_up(DiskState state, const std::string& why, const Moment& moment);
  void read_notes();
  void drop_changed(const ZoneMarks& before);
  void carry_out_forgets(const Moment& moment);
  void tell(bool warning, std::string text);
  void watch_clock(const Moment& moment);

  // keeper_load.cc: reading
  void begin_load(const Moment& moment);
  void load_step(const Moment& moment);
  void load_ended(bool cache_full, const Moment& moment);
  void salvage_step(const Moment& moment);
  void salvage_ended(const Moment& moment);
  void compare_clocks(const Moment& moment);
  [[nodiscard]] DiskState erase(const std::vector<std::int64_t>& numbers);

  // keeper_write.cc: writing
  void flush(const Moment& moment);
  [[nodiscard]] DiskState write_some();
  [[nodiscard]] DiskState write_notes();
  [[nodiscard]] DiskState write_health();
  [[nodiscard]] DiskState write_hosts();
  [[nodiscard]] DiskState write_zones();
  [[nodiscard]] DiskState trim();
  void written(const Moment& moment);
  void measure();

  Cache& cache_;
  StoreSettings settings_;
  StoreFile file_;
  Store store_;
  Loader loader_;
  std::unique_ptr<Salvage> salvage_;
  PendingRows pending_;
  std::size_t written_to_ = 0;  // of pending_
  Load load_;
  std::vector<SavedHealth> health_now_;
  std::map<std::string, SavedHealth> health_written_;
  std::map<std::string, std::vector<IpAddress>> hosts_now_, hosts_written_;
  ZoneMarks zones_now_, zones_written_;
  Forgets forgets_;
  bool forgot_while_reading_ = false;
  SavedNotes notes_;  // for take_notes()
  std::vector<StoreLine> reports_;
  StoreCounters counters_;
  TimePoint retry_at_ = kNever, flush_at_ = kNever, checkpoint_at_ = kNever;
  TimePoint set_aside_at_ = kNever, sync_at_ = kNever;
  bool failing_ = false;  // and that was told
  bool notes_changed_ = false;
  bool unsynced_ = false, syncing_ = false;
  bool in_log_ = false;            // rows that no checkpoint has moved yet
  std::optional<UnixTime> clock_;  // wall minus now at the last turn
};

}  // namespace holdfast
