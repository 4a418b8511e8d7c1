#include "config/suggest.h"

#include <algorithm>

#include "config/node.h"

namespace holdfast {
namespace {

// Longer words are no names that anybody mistyped; the bound keeps the table small.
constexpr std::size_t kLongestWord = 64;

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Optimal string alignment: three rows of the table suffice.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    last[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > kLongestWord) return {};
  if (word.size() >= 3) {
    for (const auto candidate : candidates) {
      if (candidate.starts_with(word)) return candidate;  // "warn" for "warning"
    }
  }
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::string_view found;
  for (const auto candidate : candidates) {
    const auto distance = edit_distance(word, candidate);
    // A word that shares no character with the candidate was not meant to be it.
    if (distance >= best || distance >= std::max(word.size(), candidate.size())) continue;
    best = distance;
    found = candidate;
  }
  return found;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  const auto near = nearest(word, candidates);
  if (!near.empty()) return "; did you mean \"" + printable(near) + "\"?";
  std::string out;
  for (const auto candidate : candidates) {
    out += out.empty() ? "; known here: " : ", ";
    out += printable(candidate);
  }
  return out;
}

}  // namespace holdfast
