#include "store/store.h"

#include <algorithm>
#include <initializer_list>

namespace holdfast {
namespace {

constexpr std::int64_t kApplication = 0x48464442;  // "HFDB"
constexpr std::int64_t kVersion = 1;
constexpr std::int64_t kPageBytes = 4096;
constexpr std::int64_t kTrimmed = 2000;  // answers deleted at once, about 10 ms
// So many pages stay free for what one transaction may bring: 1 MiB, or 1/32 of them all.
constexpr std::int64_t kReserve = 256;
constexpr std::int64_t kReservePart = 32;

// Before the first look at the content. Exclusive: then SQLite keeps the index of its log on the
// heap, and no file is ever mapped into memory, where a bad disk would be a signal.
constexpr const char* kSettings =
    "PRAGMA locking_mode=EXCLUSIVE;"
    "PRAGMA mmap_size=0;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA page_size=4096;"
    "PRAGMA auto_vacuum=INCREMENTAL;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;"  // what a commit leaves to the kernel, StoreFile::sync() does
    "PRAGMA journal_size_limit=20971520;"
    "PRAGMA cache_size=-16384;"  // KiB
    "PRAGMA temp_store=MEMORY;";

constexpr const char* kTables =
    "CREATE TABLE answers(number INTEGER PRIMARY KEY,key BLOB NOT NULL UNIQUE,value BLOB NOT NULL);"
    "CREATE TABLE notes(number INTEGER PRIMARY KEY,key BLOB NOT NULL UNIQUE,value BLOB NOT NULL);";
constexpr const char* kMarks = "PRAGMA application_id=1212564546;PRAGMA user_version=1;";

dns::Bytes to_bytes(const std::string& text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

DiskState Store::noted(DiskState state) {
  if (state != DiskState::ok && why_.empty()) why_ = sql_.why();
  return state;
}

DiskState Store::open(const std::string& path, std::uint64_t max_bytes) {
  why_.clear();
  DiskState state = noted(sql_.open(path));
  if (state == DiskState::ok) state = set_up(max_bytes);
  if (state != DiskState::ok) close();
  return state;
}

void Store::close() noexcept {
  for (SqlStatement* statement :
       {&insert_, &delete_, &find_, &newest_, &erase_, &trim_, &note_, &erase_note_, &salvage_find_,
        &salvage_insert_, &salvage_update_, &salvage_note_}) {
    *statement = SqlStatement();
  }
  sql_.close();
}

DiskState Store::set_up(std::uint64_t max_bytes) {
  if (const DiskState state = noted(sql_.run(kSettings)); state != DiskState::ok) return state;
  if (const DiskState state = check_schema(); state != DiskState::ok) return state;
  if (const DiskState state = noted(prepare()); state != DiskState::ok) return state;
  rows_ = 0;
  const DiskState state = noted(sql_.read("SELECT min(number) FROM answers", oldest_));
  oldest_ = std::min<std::int64_t>(oldest_, 0);
  return state == DiskState::ok ? noted(bound(max_bytes)) : state;
}

/// A file is this version's store, or empty and becomes it, or somebody else's.
DiskState Store::check_schema() {
  std::int64_t application = 0;
  std::int64_t version = 0;
  std::int64_t page_bytes = 0;
  std::string schema;
  const char* const all =
      "SELECT CAST(group_concat(sql || ';', '') AS BLOB) FROM "
      "(SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name)";
  for (const DiskState state :
       {sql_.read("PRAGMA application_id", application), sql_.read("PRAGMA user_version", version),
        sql_.read("PRAGMA page_size", page_bytes), sql_.read(all, schema)}) {
    if (state != DiskState::ok) return noted(state);
  }
  if (application == 0 && version == 0 && schema.empty()) return make_tables();
  if (application == kApplication && version == kVersion && schema == kTables &&
      page_bytes == kPageBytes) {
    return DiskState::ok;
  }
  why_ = application != kApplication ? "it is another program's database"
         : version != kVersion       ? "it is of version " + std::to_string(version)
                                     : "its tables are not the store's";
  return DiskState::damaged;
}

DiskState Store::make_tables() {
  const DiskState state =
      noted(sql_.run((std::string("BEGIN IMMEDIATE;") + kTables + kMarks + "COMMIT").c_str()));
  if (state != DiskState::ok) rollback();
  return state;
}

DiskState Store::prepare() {
  struct Line {
    SqlStatement* statement;
    const char* sql;
  };

  const Line lines[] = {
      {&insert_, "INSERT INTO answers(key, value) VALUES(?1, ?2)"},
      {&delete_, "DELETE FROM answers WHERE key=?1"},
      {&find_, "SELECT number, key, value FROM answers WHERE key=?1"},
      {&newest_,
       "SELECT number, key, value FROM answers WHERE number<?1 ORDER BY number DESC LIMIT ?2"},
      {&erase_, "DELETE FROM answers WHERE number=?1"},
      {&trim_,
       "DELETE FROM answers WHERE number IN (SELECT number FROM answers ORDER BY number LIMIT ?1)"},
      {&note_, "INSERT OR REPLACE INTO notes(key, value) VALUES(?1, ?2)"},
      {&erase_note_, "DELETE FROM notes WHERE key=?1"},
      {&salvage_find_, "SELECT number, value FROM answers WHERE key=?1"},
      {&salvage_insert_, "INSERT INTO answers(number, key, value) VALUES(?1, ?2, ?3)"},
      {&salvage_update_, "UPDATE answers SET value=?2 WHERE number=?1"},
      {&salvage_note_, "INSERT OR IGNORE INTO notes(key, value) VALUES(?1, ?2)"},
  };
  for (const Line& line : lines) {
    const DiskState state = sql_.prepare(line.sql, *line.statement);
    if (state != DiskState::ok) return state;
  }
  return DiskState::ok;
}

DiskState Store::bound(std::uint64_t max_bytes) {
  max_pages_ = static_cast<std::int64_t>(std::max(max_bytes, kLeastBytes)) / kPageBytes;
  std::int64_t in_force = 0;
  const std::string sql = "PRAGMA max_page_count=" + std::to_string(max_pages_);
  return sql_.read(sql.c_str(), in_force);
}

DiskState Store::begin() {
  why_.clear();
  return noted(sql_.run("BEGIN IMMEDIATE"));
}

DiskState Store::commit() {
  return noted(sql_.run("COMMIT"));
}

void Store::rollback() noexcept {
  (void)sql_.run("ROLLBACK");  // SQLite may have done so already
}

DiskState Store::delete_answer(const RowKey& key) {
  const DiskState state = noted(delete_.reset().bind(1, key.bytes()).run());
  if (state == DiskState::ok) rows_ -= sql_.changes();
  return state;
}

DiskState Store::put(const AnswerRow& answer) {
  const CacheKey key = answer.key();
  // As in the cache: a negative answer leaves the positive one, which may be the last good.
  for (const Place place : kPlaces) {
    if (place == Place::positive && answer.place != Place::positive) continue;
    const DiskState state = delete_answer(RowKey::of_answer(key, place));
    if (state != DiskState::ok) return state;
  }
  const RowKey row = RowKey::of_answer(key, answer.place);
  seal(row.bytes(), answer.record, value_);
  const DiskState state = noted(insert_.reset().bind(1, row.bytes()).bind(2, value_).run());
  if (state == DiskState::ok) ++rows_;
  return state;
}

DiskState Store::put_note(const RowKey& key, dns::Bytes body) {
  seal(key.bytes(), body, value_);
  return noted(note_.reset().bind(1, key.bytes()).bind(2, value_).run());
}

DiskState Store::erase_note(const RowKey& key) {
  return noted(erase_note_.reset().bind(1, key.bytes()).run());
}

DiskState Store::put_salvaged(RowKind kind, dns::Bytes key, dns::Bytes value) {
  if (kind != RowKind::answer) {
    return noted(salvage_note_.reset().bind(1, key).bind(2, value).run());
  }
  if (!salvage_find_.reset().bind(1, key).step()) {
    if (salvage_find_.state() != DiskState::ok) return noted(salvage_find_.state());
    const DiskState state =
        noted(salvage_insert_.reset().bind(1, --oldest_).bind(2, key).bind(3, value).run());
    if (state == DiskState::ok) ++rows_;
    return state;
  }
  const std::int64_t number = salvage_find_.integer(0);
  const dns::Bytes held = salvage_find_.bytes(1);
  const std::size_t least = kSumBytes + kRecordHeaderBytes;
  const bool newer = number < 0 && held.size() >= least && value.size() >= least &&
                     stored_time(value.subspan(kSumBytes)) > stored_time(held.subspan(kSumBytes));
  salvage_find_.reset();
  if (!newer) return DiskState::ok;
  return noted(salvage_update_.reset().bind(1, number).bind(2, value).run());
}

DiskState Store::erase(std::int64_t number) {
  const DiskState state = noted(erase_.reset().bind(1, number).run());
  if (state == DiskState::ok) rows_ -= sql_.changes();
  return state;
}

DiskState Store::forget(const Forgets& forgets) {
  for (const std::string& name : forgets.names()) {
    const DiskState state = forget_name(to_bytes(name));
    if (state != DiskState::ok) return state;
  }
  return forgets.zones().empty() ? DiskState::ok : forget_zones(forgets);
}

DiskState Store::forget_name(dns::Bytes name) {
  const RowKey first = RowKey::of_name(name);
  std::vector<std::uint8_t> last(first.bytes().begin(), first.bytes().end());
  last.insert(last.end(), kBehindName + 1, 0xff);
  SqlStatement statement;
  DiskState state = sql_.prepare("DELETE FROM answers WHERE key BETWEEN ?1 AND ?2", statement);
  if (state == DiskState::ok) state = statement.bind(1, first.bytes()).bind(2, last).run();
  if (state == DiskState::ok) rows_ -= sql_.changes();
  return noted(state);
}

DiskState Store::forget_zones(const Forgets& forgets) {
  SqlStatement all;
  std::vector<std::int64_t> numbers;
  DiskState state = noted(sql_.prepare("SELECT number, key FROM answers ORDER BY key", all));
  while (state == DiskState::ok && all.step()) {
    if (forgets.cover(RowKey::name_in(all.bytes(1)))) numbers.push_back(all.integer(0));
  }
  if (state == DiskState::ok) state = noted(all.state());
  all.reset();
  for (std::size_t i = 0; i < numbers.size() && state == DiskState::ok; ++i)
    state = erase(numbers[i]);
  return state;
}

DiskState Store::find(const RowKey& key, VisitRow visit) {
  why_.clear();
  if (find_.reset().bind(1, key.bytes()).step()) {
    visit({find_.integer(0), find_.bytes(1), find_.bytes(2)});
  }
  const DiskState state = noted(find_.state());
  find_.reset();
  return state;
}

DiskState Store::newest(std::int64_t below, std::int64_t most, VisitRow visit) {
  why_.clear();
  newest_.reset().bind(1, below).bind(2, most);
  while (newest_.step())
    visit({newest_.integer(0), newest_.bytes(1), newest_.bytes(2)});
  const DiskState state = noted(newest_.state());
  newest_.reset();
  return state;
}

DiskState Store::notes(VisitRow visit) {
  why_.clear();
  SqlStatement all;
  if (const DiskState state = sql_.prepare("SELECT number, key, value FROM notes", all);
      state != DiskState::ok) {
    return noted(state);
  }
  while (all.step())
    visit({all.integer(0), all.bytes(1), all.bytes(2)});
  return noted(all.state());
}

DiskState Store::trim(bool& more) {
  std::int64_t pages = 0;
  std::int64_t unused = 0;
  more = false;
  why_.clear();
  for (const DiskState state :
       {sql_.read("PRAGMA page_count", pages), sql_.read("PRAGMA freelist_count", unused)}) {
    if (state != DiskState::ok) return noted(state);
  }
  if (pages - unused > max_pages_ - std::max(kReserve, max_pages_ / kReservePart)) {
    const DiskState state = noted(trim_.reset().bind(1, kTrimmed).run());
    if (state != DiskState::ok) return state;
    more = sql_.changes() > 0;
    rows_ -= sql_.changes();
    return state;
  }
  return pages > max_pages_ ? shrink(std::min(pages - max_pages_, unused)) : DiskState::ok;
}

/// Gives pages back to the file system: the bound was made smaller.
DiskState Store::shrink(std::int64_t pages) {
  constexpr std::int64_t kAtOnce = 1000;
  const std::string sql =
      "PRAGMA incremental_vacuum(" + std::to_string(std::min(pages, kAtOnce)) + ")";
  return noted(sql_.run(sql.c_str()));
}

DiskState Store::count() {
  why_.clear();
  return noted(sql_.read("SELECT count(*) FROM answers", rows_));
}

DiskState Store::checkpoint() {
  why_.clear();
  return noted(sql_.checkpoint());
}

}  // namespace holdfast
