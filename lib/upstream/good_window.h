// GoodWindow: how the last n outcomes went, good or bad. Both the worker's quick look and the
// control thread's considered one use it.
#pragma once

#include <cstddef>
#include <vector>

namespace holdfast {

class GoodWindow {
 public:
  explicit GoodWindow(std::size_t size) : ring_(size == 0 ? 1 : size) {}

  void push(bool good) {
    if (filled_ == ring_.size()) {
      if (ring_[at_]) --good_;
    } else {
      ++filled_;
    }
    ring_[at_] = good;
    if (good) ++good_;
    at_ = at_ + 1 == ring_.size() ? 0 : at_ + 1;
  }

  /// Takes back the latest bad one: it was the question's fault. False if there is none.
  bool retract_bad() {
    for (std::size_t back = 1; back <= filled_; ++back) {
      const std::size_t i = (at_ + ring_.size() - back) % ring_.size();
      if (ring_[i]) continue;
      ring_[i] = true;
      ++good_;
      return true;
    }
    return false;
  }

  void clear() { at_ = filled_ = good_ = 0; }

  [[nodiscard]] std::size_t samples() const noexcept { return filled_; }

  [[nodiscard]] std::size_t capacity() const noexcept { return ring_.size(); }

  /// 1 while empty.
  [[nodiscard]] double good_ratio() const noexcept {
    return filled_ == 0 ? 1.0 : static_cast<double>(good_) / static_cast<double>(filled_);
  }

  /// Enough samples, and the good share below `ratio`.
  [[nodiscard]] bool below(double ratio, double min_samples) const noexcept {
    return static_cast<double>(filled_) >= min_samples && good_ratio() < ratio;
  }

 private:
  std::vector<bool> ring_;
  std::size_t at_ = 0, filled_ = 0, good_ = 0;
};

}  // namespace holdfast
