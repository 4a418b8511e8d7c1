#include "daemon/ctl/file_state.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "net/owned_fd.h"

namespace holdfast::ctl {
namespace {

using host::FileKind;
using host::FileState;

constexpr std::size_t kLongest = std::size_t{1024} * 1024;
constexpr unsigned kModeBits = 07777;

std::string beside_of(const std::string& path) {
  return path + ".holdfast-new";
}

std::string last_error(const std::string& path) {
  return path + ": " + std::generic_category().message(errno);
}

bool read_all(int fd, std::string& text) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0) return false;
    if (got == 0) return true;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kLongest) return false;
  }
}

bool write_all(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t wrote = ::write(fd, text.data() + at, text.size() - at);
    if (wrote < 0) return false;
    at += static_cast<std::size_t>(wrote);
  }
  return ::fsync(fd) == 0;
}

void sync_folder(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  const OwnedFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) (void)::fsync(fd.get());
}

/// Makes what is to be at `path` beside it.
bool make_beside(const std::string& beside, const FileState& state) {
  (void)::unlink(beside.c_str());
  if (state.kind == FileKind::link) return ::symlink(state.text.c_str(), beside.c_str()) == 0;
  const OwnedFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  return fd && write_all(fd.get(), state.text) && ::fchown(fd.get(), state.uid, state.gid) == 0 &&
         ::fchmod(fd.get(), state.mode) == 0;
}

std::string write_in_place(const std::string& path, const FileState& state) {
  const OwnedFd fd(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW));
  if (!fd || !write_all(fd.get(), state.text)) return last_error(path);
  return {};
}

}  // namespace

FileState read_state(const std::string& path) {
  FileState state;

  struct stat status {};

  if (::lstat(path.c_str(), &status) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) state.kind = FileKind::other;
    return state;
  }
  state.kind = FileKind::other;
  state.mode = status.st_mode & kModeBits;
  state.uid = status.st_uid;
  state.gid = status.st_gid;
  if (S_ISLNK(status.st_mode)) {
    std::error_code error;
    state.text = std::filesystem::read_symlink(path, error).string();
    if (!error) state.kind = FileKind::link;
  } else if (S_ISREG(status.st_mode)) {
    const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (fd && read_all(fd.get(), state.text)) state.kind = FileKind::file;
  }
  return state;
}

std::string put_state(const std::string& path, const FileState& state) {
  if (state.kind == FileKind::absent) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return last_error(path);
    sync_folder(path);
    return {};
  }
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return path + ": its folder cannot be made: " + error.message();
  const std::string beside = beside_of(path);
  if (!make_beside(beside, state)) {
    std::string why = last_error(path);
    (void)::unlink(beside.c_str());
    return why;
  }
  if (::rename(beside.c_str(), path.c_str()) == 0) {
    sync_folder(path);
    return {};
  }
  std::string why = last_error(path);
  const bool mounted = errno == EBUSY;
  (void)::unlink(beside.c_str());
  return mounted && state.kind == FileKind::file ? write_in_place(path, state) : why;
}

std::vector<std::string> missing_folders(const std::string& path) {
  std::vector<std::string> missing;
  std::error_code ignored;
  for (auto folder = std::filesystem::path(path).parent_path();
       folder.has_relative_path() && !std::filesystem::exists(folder, ignored);
       folder = folder.parent_path()) {
    missing.insert(missing.begin(), folder.string());
  }
  return missing;
}

void remove_leftover(const std::string& path) {
  (void)::unlink(beside_of(path).c_str());
}

}  // namespace holdfast::ctl
