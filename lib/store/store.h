// Store: the tables on disk. Answers and notes, each row under its key and in the order of writing:
// newer rows have greater numbers, so the newest are read first and the oldest leave first,
// whatever the clock says. Decides nothing and reads no clock; the rules are keeper.h's.
#pragma once

#include <cstdint>
#include <string>

#include "base/function_ref.h"
#include "store/forgets.h"
#include "store/row.h"
#include "store/sql.h"

namespace holdfast {

/// One row as it is on disk; the bytes live during the visit.
struct StoredRow {
  std::int64_t number = 0;
  dns::Bytes key;
  dns::Bytes value;  // sealed
};

using VisitRow = FunctionRef<void(const StoredRow&)>;

/// One thread. After anything but DiskState::ok, why() says more.
class Store {
 public:
  /// Smaller would not hold what is learnt between two looks at the bound.
  static constexpr std::uint64_t kLeastBytes = std::uint64_t{8} * 1024 * 1024;

  /// Opens the database of that path, which exists, and makes the tables if it is empty. Holds it
  /// exclusively from then on, and never lets it grow beyond `max_bytes`.
  [[nodiscard]] DiskState open(const std::string& path, std::uint64_t max_bytes);
  void close() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return sql_.is_open(); }

  [[nodiscard]] const std::string& why() const noexcept { return why_; }

  // Writing happens between begin() and commit(); after a failure rollback().
  [[nodiscard]] DiskState begin();
  [[nodiscard]] DiskState commit();
  void rollback() noexcept;

  /// Puts an answer in the place of the one it replaces and of those that it contradicts.
  [[nodiscard]] DiskState put(const AnswerRow& answer);
  [[nodiscard]] DiskState put_note(const RowKey& key, dns::Bytes body);
  [[nodiscard]] DiskState erase_note(const RowKey& key);
  /// A sealed row of a damaged file: older than everything learnt since, and only if no newer one
  /// of its key is here.
  [[nodiscard]] DiskState put_salvaged(RowKind kind, dns::Bytes key, dns::Bytes value);
  [[nodiscard]] DiskState erase(std::int64_t number);
  /// Deletes what is covered. Zones cost one walk over all keys, however many they are.
  [[nodiscard]] DiskState forget(const Forgets& forgets);

  /// The row of that key, if there is one.
  [[nodiscard]] DiskState find(const RowKey& key, VisitRow visit);
  /// At most `most` answers with numbers below `below`, the newest first.
  [[nodiscard]] DiskState newest(std::int64_t below, std::int64_t most, VisitRow visit);
  [[nodiscard]] DiskState notes(VisitRow visit);

  /// Deletes some of the oldest answers if the file is close to its bound. `more`: it still is.
  [[nodiscard]] DiskState trim(bool& more);
  /// Counts the answers anew. Walks the index.
  [[nodiscard]] DiskState count();
  [[nodiscard]] DiskState checkpoint();

  /// How large the log may be when a commit begins to move it over. While much waits to be written,
  /// seldom and much at once costs least; else little at once, some 2 ms of the CPU.
  void expect(bool much) noexcept { sql_.checkpoint_from(much ? 4000 : 1000); }

  /// Answers held, as far as they were counted; see count().
  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }

 private:
  [[nodiscard]] DiskState set_up(std::uint64_t max_bytes);
  [[nodiscard]] DiskState check_schema();
  [[nodiscard]] DiskState make_tables();
  [[nodiscard]] DiskState prepare();
  [[nodiscard]] DiskState bound(std::uint64_t max_bytes);
  [[nodiscard]] DiskState forget_name(dns::Bytes name);
  [[nodiscard]] DiskState forget_zones(const Forgets& forgets);
  [[nodiscard]] DiskState delete_answer(const RowKey& key);
  [[nodiscard]] DiskState shrink(std::int64_t pages);
  DiskState noted(DiskState state);

  SqlConnection sql_;
  SqlStatement insert_, delete_, find_, newest_, erase_, trim_;
  SqlStatement note_, erase_note_;
  SqlStatement salvage_find_, salvage_insert_, salvage_update_, salvage_note_;
  std::int64_t max_pages_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t oldest_ = 0;  // salvaged rows get numbers below
  std::vector<std::uint8_t> value_;
  std::string why_;
};

}  // namespace holdfast
