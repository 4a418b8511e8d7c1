// StrayWatch: how much came from an upstream, over UDP, that answers nothing. A little is what
// networks do; much of it while one question waits is somebody who guesses ids (RFC 5452), and that
// question is better asked over TCP. It counts and says when; what is a stray is the transport's.
#pragma once

#include <algorithm>
#include <cstdint>

namespace holdfast {

/// Of one thread.
class StrayWatch {
 public:
  /// So many within the life of one exchange are no accident. That many guesses at an id succeed
  /// once in three thousand times, before the case of letters and a cookie are counted.
  static constexpr std::uint64_t kLimit = 20;

  /// An exchange begins: the mark by which too_many() knows it.
  [[nodiscard]] std::uint64_t begin() noexcept {
    due_ = std::min(due_, count_ + kLimit);
    return count_;
  }

  /// One more. True: some exchange may have seen too many. Then call look() and ask about each that
  /// waits.
  [[nodiscard]] bool stray() noexcept { return ++count_ >= due_; }

  void look() noexcept { due_ = UINT64_MAX; }

  [[nodiscard]] bool too_many(std::uint64_t mark) noexcept {
    if (count_ - mark >= kLimit) return true;
    due_ = std::min(due_, mark + kLimit);
    return false;
  }

 private:
  std::uint64_t count_ = 0;
  std::uint64_t due_ = UINT64_MAX;  // no exchange has seen too many before the count is this
};

}  // namespace holdfast
