// Table: text in aligned columns, for terminals. Widths count code points; colour is optional and
// never counts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::ctl {

enum class Tone : std::uint8_t { plain, dim, bold, good, warn, bad };

/// Wraps text in the escape codes of a tone, or leaves it as it is.
class Paint {
 public:
  explicit Paint(bool colour) : colour_(colour) {}

  [[nodiscard]] std::string operator()(Tone tone, std::string_view text) const;

 private:
  bool colour_;
};

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};

class Table {
 public:
  /// Heads of the columns; one that begins with '>' is aligned to the right.
  explicit Table(const std::vector<std::string>& heads);

  /// One cell for each column.
  void row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }

  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }

  /// Each line indented by two spaces, no spaces at line ends.
  [[nodiscard]] std::string print(const Paint& paint) const;

 private:
  std::vector<Cell> heads_;
  std::vector<bool> right_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace holdfast::ctl
