#include "store/sql.h"

#include <sqlite3.h>

namespace holdfast {
namespace {

// A row is one message and little more; nothing in a hostile file may make SQLite allocate beyond.
constexpr int kLongestValue = 256 * 1024;

DiskState meaning(int code) noexcept {
  switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return DiskState::ok;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return DiskState::locked;
    case SQLITE_FULL:
      return DiskState::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_ERROR:  // a table or column is not there
    case SQLITE_SCHEMA:
      return DiskState::damaged;
    default:
      return DiskState::unusable;
  }
}

void harden(sqlite3* handle) noexcept {
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kLongestValue);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
}

}  // namespace

void SqlStatement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

SqlStatement& SqlStatement::bind(int at, dns::Bytes bytes) noexcept {
  sqlite3_bind_blob(statement_.get(), at, bytes.data(), static_cast<int>(bytes.size()),
                    SQLITE_STATIC);
  return *this;
}

SqlStatement& SqlStatement::bind(int at, std::int64_t value) noexcept {
  sqlite3_bind_int64(statement_.get(), at, value);
  return *this;
}

bool SqlStatement::step() noexcept {
  const int code = sqlite3_step(statement_.get());
  state_ = meaning(code);
  return code == SQLITE_ROW;
}

DiskState SqlStatement::run() noexcept {
  while (step()) {
  }
  return state_;
}

dns::Bytes SqlStatement::bytes(int column) const noexcept {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

std::int64_t SqlStatement::integer(int column) const noexcept {
  return sqlite3_column_int64(statement_.get(), column);
}

SqlStatement& SqlStatement::reset() noexcept {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  state_ = DiskState::ok;
  return *this;
}

void SqlConnection::Close::operator()(sqlite3* handle) const noexcept {
  sqlite3_close_v2(handle);
}

DiskState SqlConnection::open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code == SQLITE_OK) harden(handle);
  return meaning(code);
}

void SqlConnection::close() noexcept {
  handle_.reset();
}

DiskState SqlConnection::run(const char* sql) {
  return meaning(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr));
}

DiskState SqlConnection::read(const char* sql, std::int64_t& value) {
  SqlStatement statement;
  if (const DiskState state = prepare(sql, statement); state != DiskState::ok) return state;
  value = statement.step() ? statement.integer(0) : 0;
  return statement.state();
}

DiskState SqlConnection::read(const char* sql, std::string& value) {
  SqlStatement statement;
  if (const DiskState state = prepare(sql, statement); state != DiskState::ok) return state;
  value.clear();
  if (statement.step()) {
    const dns::Bytes text = statement.bytes(0);
    value.assign(text.begin(), text.end());
  }
  return statement.state();
}

DiskState SqlConnection::prepare(std::string_view sql, SqlStatement& out) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  out.statement_.reset(statement);
  return out.state_ = meaning(code);
}

std::int64_t SqlConnection::changes() const noexcept {
  return sqlite3_changes64(handle_.get());
}

DiskState SqlConnection::checkpoint() noexcept {
  const int code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                             nullptr, nullptr);
  return meaning(code);
}

void SqlConnection::checkpoint_from(int pages) noexcept {
  sqlite3_wal_autocheckpoint(handle_.get(), pages);
}

std::string SqlConnection::why() const {
  return handle_ ? sqlite3_errmsg(handle_.get()) : "out of memory";
}

}  // namespace holdfast
