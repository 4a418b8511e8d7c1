// The store's files: the folder, the database in it with its write-ahead log, and the bad ones that
// were set aside. Knows names and permissions, not content.
#pragma once

#include <cstdint>
#include <string>

#include "cache/record.h"

namespace holdfast {

class StoreFile {
 public:
  static constexpr const char* kName = "holdfast.db";
  static constexpr std::size_t kBadKept = 3;

  explicit StoreFile(std::string folder);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// The write-ahead log, found by its name.
  [[nodiscard]] static std::string log_of(const std::string& path) { return path + "-wal"; }

  /// Makes the folder (0700) and an empty file (0600) where they are missing. "" or why not.
  [[nodiscard]] std::string prepare() const;

  /// An empty file beside a log that is not: opening it would throw the log away.
  [[nodiscard]] bool lost_its_head() const;
  [[nodiscard]] bool exists() const;
  /// On disk, the log included.
  [[nodiscard]] std::uint64_t bytes() const;

  /// Makes what was written to the file outlive a loss of power; the disk may take its time. Any
  /// thread. "" or why not.
  [[nodiscard]] static std::string sync(const std::string& path);

  /// Renames database and log; of those set aside earlier the latest stay. Their new path, or ""
  /// with `why`.
  [[nodiscard]] std::string set_aside(UnixTime wall, std::string& why) const;

 private:
  void drop_old_ones() const;

  std::string folder_, path_;
};

}  // namespace holdfast
