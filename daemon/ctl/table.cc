#include "daemon/ctl/table.h"

#include <algorithm>

namespace holdfast::ctl {
namespace {

/// Code points of UTF-8 text: all bytes but continuation ones.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

const char* code_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::dim:
      return "\033[2m";
    case Tone::bold:
      return "\033[1m";
    case Tone::good:
      return "\033[32m";
    case Tone::warn:
      return "\033[33m";
    case Tone::bad:
      return "\033[31m";
  }
  return "";
}

}  // namespace

std::string Paint::operator()(Tone tone, std::string_view text) const {
  if (!colour_ || tone == Tone::plain) return std::string(text);
  return code_of(tone) + std::string(text) + "\033[0m";
}

Table::Table(const std::vector<std::string>& heads) {
  for (const std::string& head : heads) {
    right_.push_back(head.starts_with('>'));
    heads_.push_back({head.substr(right_.back() ? 1 : 0), Tone::dim});
  }
}

std::string Table::print(const Paint& paint) const {
  std::vector<std::size_t> widths;
  for (const Cell& head : heads_)
    widths.push_back(width(head.text));
  for (const auto& cells : rows_) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], width(cells[i].text));
    }
  }
  std::string text;
  const auto line = [&](const std::vector<Cell>& cells) {
    std::string gap(2, ' ');
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string pad(widths[i] - width(cells[i].text), ' ');
      if (!cells[i].text.empty()) {
        text += gap + (right_[i] ? pad : "") + paint(cells[i].tone, cells[i].text);
        gap = right_[i] ? "" : pad;
      } else {
        gap += pad;
      }
      gap += "  ";
    }
    text += '\n';
  };
  line(heads_);
  for (const auto& cells : rows_)
    line(cells);
  return text;
}

}  // namespace holdfast::ctl
