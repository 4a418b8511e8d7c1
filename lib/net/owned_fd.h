// OwnedFd: a file descriptor that is closed with its owner. For descriptors no event loop watches;
// what one watches belongs to a descriptor object of that loop.
#pragma once

#include <cerrno>
#include <unistd.h>
#include <utility>

namespace holdfast {

class OwnedFd {
 public:
  OwnedFd() = default;

  /// Takes over `fd`; -1 is none.
  explicit OwnedFd(int fd) noexcept : fd_(fd) {}

  OwnedFd(OwnedFd&& other) noexcept : fd_(other.release()) {}

  OwnedFd& operator=(OwnedFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }

  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;

  ~OwnedFd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }

  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

  /// Gives the descriptor away: the caller closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  /// Closes what is held and holds `fd` instead. errno keeps saying what failed before.
  void reset(int fd = -1) noexcept {
    const int before = errno;
    if (fd_ >= 0) ::close(fd_);
    errno = before;
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace holdfast
