#include "daemon/secret_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "net/owned_fd.h"

namespace holdfast {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} * 1024;

SecretFile refused(const std::string& path, const std::string& why) {
  return {{}, path + ": " + why};
}

SecretFile cannot(const std::string& path, const char* what) {
  return refused(path, std::string(what) + ": " + std::generic_category().message(errno));
}

}  // namespace

SecretFile read_secret_file(const std::string& path) {
  // A FIFO or a terminal must not make the start wait.
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return cannot(path, "cannot be opened");

  struct stat about {};

  if (::fstat(fd.get(), &about) != 0) return cannot(path, "cannot be examined");
  if (!S_ISREG(about.st_mode)) return refused(path, "is no regular file");
  if ((about.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return refused(path, fmt::format("others may read it, or its group may write it (mode {:04o}); "
                                     "`chmod 0640 {}`",
                                     about.st_mode & 07777U, path));
  }
  SecretFile file;
  file.text.resize(kMostBytes + 1);
  std::size_t size = 0;
  while (size < file.text.size()) {
    const auto n = ::read(fd.get(), file.text.data() + size, file.text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot(path, "cannot be read");
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > kMostBytes) return refused(path, "is larger than 64 KiB");
  file.text.resize(size);
  return file;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

}  // namespace holdfast
