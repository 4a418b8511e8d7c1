// A connection to SQLite and its statements, as objects, and what SQLite's result codes mean to the
// store. The only code that includes sqlite3.h. No threads: whoever made a connection uses it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dns/wire_reader.h"

struct sqlite3;
struct sqlite3_stmt;

namespace holdfast {

/// What came of an operation on the file.
enum class DiskState : std::uint8_t {
  ok,
  locked,    // another process has it
  full,      // the disk, or the bound that was set
  damaged,   // no store, not this version's, or bytes have changed
  unusable,  // cannot be opened, read or written
};

class SqlStatement {
 public:
  SqlStatement() = default;

  /// Parameters count from 1. The bytes must live until the next reset().
  SqlStatement& bind(int at, dns::Bytes bytes) noexcept;
  SqlStatement& bind(int at, std::int64_t value) noexcept;

  /// Goes to the next row. False at the end, or if it failed: see state().
  [[nodiscard]] bool step() noexcept;
  /// Steps to the end.
  DiskState run() noexcept;

  [[nodiscard]] DiskState state() const noexcept { return state_; }

  /// Columns of the row stepped to, from 0; the bytes live until the next step() or reset().
  [[nodiscard]] dns::Bytes bytes(int column) const noexcept;
  [[nodiscard]] std::int64_t integer(int column) const noexcept;

  /// Ready to be bound and stepped anew.
  SqlStatement& reset() noexcept;

 private:
  friend class SqlConnection;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  DiskState state_ = DiskState::ok;
};

class SqlConnection {
 public:
  /// Opens the file, which must exist, for reading and writing. Content is not looked at yet, and
  /// will not be trusted: nothing in the file can run code.
  DiskState open(const std::string& path);
  /// The write-ahead log stays beside the file: moving it over could take long.
  void close() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return handle_ != nullptr; }

  DiskState run(const char* sql);
  /// The first column of the first row; 0 if there is none.
  DiskState read(const char* sql, std::int64_t& value);
  DiskState read(const char* sql, std::string& value);
  DiskState prepare(std::string_view sql, SqlStatement& out);

  /// Rows that the last statement inserted, changed or deleted.
  [[nodiscard]] std::int64_t changes() const noexcept;
  /// Moves what the write-ahead log holds into the file, as far as that is possible at once.
  DiskState checkpoint() noexcept;
  /// A commit that leaves so many pages in the log is followed by a checkpoint.
  void checkpoint_from(int pages) noexcept;

  /// What SQLite says of the last failure.
  [[nodiscard]] std::string why() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept;
  };

  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace holdfast
