// PageScan: reads the rows of a store's file that SQLite cannot or may not open, page by page, from
// the file and its write-ahead log, by the published format and nothing else: torn, truncated and
// overwritten pages cost the rows that were on them. Only ever reads. What it finds is a guess;
// whoever takes it checks the seal.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/function_ref.h"
#include "dns/wire_reader.h"

namespace holdfast {

inline constexpr std::size_t kPageBytes = 4096;

using VisitFound = FunctionRef<void(dns::Bytes key, dns::Bytes value)>;
/// Reads a page by its number, from 1; false if it is not there.
using ReadPage = FunctionRef<bool(std::uint32_t page, std::span<std::uint8_t, kPageBytes> to)>;

/// Visits what looks like rows of a page: cells of a table's leaf whose columns are none, bytes and
/// bytes. `overflow` reads the rest of long ones. The spans live during the visit.
void find_rows(std::span<const std::uint8_t, kPageBytes> page, ReadPage overflow, VisitFound visit);

class PageScan {
 public:
  explicit PageScan(const std::string& path);
  ~PageScan();
  PageScan(const PageScan&) = delete;
  PageScan& operator=(const PageScan&) = delete;

  /// The rows of the next page, the log's before the file's, what was written last first. False at
  /// the end.
  bool next(VisitFound visit);

 private:
  void read_log();
  [[nodiscard]] bool counts(dns::Bytes frame_header) const noexcept;
  [[nodiscard]] bool read_frame(std::uint32_t frame, std::span<std::uint8_t, kPageBytes> to) const;
  [[nodiscard]] bool read_page(std::uint32_t page, std::span<std::uint8_t, kPageBytes> to) const;

  int file_, log_;
  std::uint32_t frames_left_, pages_left_;
  std::optional<std::uint64_t> salt_;  // of the log's frames that count; none: all do
  std::unordered_map<std::uint32_t, std::uint32_t> in_log_;  // page → its last frame
  std::array<std::uint8_t, kPageBytes> page_{};
};

}  // namespace holdfast
