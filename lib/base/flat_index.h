// FlatIndex: 64-bit hash → 64-bit value, open addressing, no allocation until it grows. For tables
// on the query path whose owner checks equality himself: equal hashes may stand more than once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace holdfast {

/// One thread.
class FlatIndex {
 public:
  FlatIndex() : cells_(64) {}

  /// The value of the first cell with this hash for which matches(value) is true; nullptr if none.
  template <typename Matches>
  [[nodiscard]] const std::uint64_t* find(std::uint64_t hash, Matches matches) const {
    for (std::size_t i = home(hash); cells_[i].used; i = next(i)) {
      if (cells_[i].hash == hash && matches(cells_[i].value)) return &cells_[i].value;
    }
    return nullptr;
  }

  void insert(std::uint64_t hash, std::uint64_t value) {
    if ((size_ + 1) * 2 > cells_.size()) grow();
    place({hash, value, true});
    ++size_;
  }

  /// Removes the cell with this hash and value, if it is there.
  void erase(std::uint64_t hash, std::uint64_t value) noexcept {
    std::size_t i = home(hash);
    while (cells_[i].used && !(cells_[i].hash == hash && cells_[i].value == value))
      i = next(i);
    if (!cells_[i].used) return;
    --size_;
    // Cells behind move up so that no probe meets a gap before its cell.
    for (std::size_t j = next(i); cells_[j].used; j = next(j)) {
      const std::size_t want = home(cells_[j].hash);
      const bool stays = i <= j ? (i < want && want <= j) : (i < want || want <= j);
      if (stays) continue;
      cells_[i] = cells_[j];
      i = j;
    }
    cells_[i].used = false;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  struct Cell {
    std::uint64_t hash = 0;
    std::uint64_t value = 0;
    bool used = false;
  };

  [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>(hash) & (cells_.size() - 1);
  }

  [[nodiscard]] std::size_t next(std::size_t i) const noexcept {
    return (i + 1) & (cells_.size() - 1);
  }

  void place(const Cell& cell) noexcept {
    std::size_t i = home(cell.hash);
    while (cells_[i].used)
      i = next(i);
    cells_[i] = cell;
  }

  void grow() {
    std::vector<Cell> old(cells_.size() * 2);
    std::swap(old, cells_);
    for (const Cell& cell : old) {
      if (cell.used) place(cell);
    }
  }

  std::vector<Cell> cells_;
  std::size_t size_ = 0;
};

}  // namespace holdfast
