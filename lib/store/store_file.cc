#include "store/store_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace holdfast {
namespace {

namespace fs = std::filesystem;

std::string why_not(const std::string& what, int error) {
  return what + ": " + std::generic_category().message(error);
}

std::uint64_t size_of(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

bool is_there(const std::string& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

}  // namespace

StoreFile::StoreFile(std::string folder)
    : folder_(std::move(folder)), path_(folder_ + "/" + kName) {}

std::string StoreFile::prepare() const {
  std::error_code error;
  const fs::path parent = fs::path(folder_).parent_path();
  if (!fs::is_directory(folder_, error)) {
    fs::create_directories(parent, error);
    if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) return why_not(folder_, errno);
  }
  const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return why_not(path_, errno);
  ::close(file);
  return {};
}

bool StoreFile::lost_its_head() const {
  return size_of(path_) == 0 && size_of(log_of(path_)) > 0;
}

bool StoreFile::exists() const {
  return size_of(path_) > 0 || size_of(log_of(path_)) > 0;
}

std::uint64_t StoreFile::bytes() const {
  return size_of(path_) + size_of(log_of(path_));
}

std::string StoreFile::sync(const std::string& path) {
  // Of a new file the folder has to know, too. SQLite's locks are not on its log, so that closing
  // it here loses none.
  for (const std::string& part : {path, fs::path(path).parent_path().string()}) {
    const int file = ::open(part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0 && errno == ENOENT) continue;  // it was set aside meanwhile
    if (file < 0) return why_not(part, errno);
    const int error = ::fsync(file) == 0 ? 0 : errno;
    ::close(file);
    if (error != 0) return why_not(part, error);
  }
  return {};
}

std::string StoreFile::set_aside(UnixTime wall, std::string& why) const {
  const std::string wanted = path_ + ".bad-" + std::to_string(wall.count());
  std::string bad = wanted;
  for (int n = 2; is_there(bad); ++n)
    bad = wanted + "." + std::to_string(n);
  // The log first: a database without its log is whole, a log with another database is not.
  if (is_there(log_of(path_)) && ::rename(log_of(path_).c_str(), log_of(bad).c_str()) != 0) {
    why = why_not(log_of(path_), errno);
    return {};
  }
  if (::rename(path_.c_str(), bad.c_str()) != 0) {
    why = why_not(path_, errno);
    return {};
  }
  ::unlink((path_ + "-shm").c_str());
  drop_old_ones();
  return bad;
}

void StoreFile::drop_old_ones() const {
  struct Bad {
    fs::file_time_type changed;
    std::string path;
  };

  std::vector<Bad> bad;
  std::error_code error;
  const std::string begin = std::string(kName) + ".bad-";
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(begin) || name.ends_with("-wal")) continue;
    std::error_code unknown;
    bad.push_back({fs::last_write_time(at->path(), unknown), at->path().string()});
  }
  std::ranges::sort(bad, [](const Bad& a, const Bad& b) { return a.changed > b.changed; });
  for (std::size_t i = kBadKept; i < bad.size(); ++i) {
    ::unlink(bad[i].path.c_str());
    ::unlink(log_of(bad[i].path).c_str());
  }
}

}  // namespace holdfast
