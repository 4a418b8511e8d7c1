#include "ens/composition.h"

#include <algorithm>
#include <optional>

#include "ens/normalise_tables.h"

namespace holdfast::ens {
namespace {

using tables::look_up;

// Hangul is composed by arithmetic (Unicode, 3.12).
constexpr char32_t kSyllables = 0xac00;
constexpr char32_t kInitials = 0x1100;
constexpr char32_t kVowels = 0x1161;
constexpr char32_t kFinals = 0x11a7;  // one before the first: an index of 0 is none
constexpr char32_t kInitialCount = 19;
constexpr char32_t kVowelCount = 21;
constexpr char32_t kFinalCount = 28;
constexpr char32_t kSyllableCount = kInitialCount * kVowelCount * kFinalCount;

std::uint8_t rank_of(char32_t point) noexcept {
  return look_up(point).rank;
}

void append_decomposed(std::u32string& out, char32_t point) {
  if (point - kSyllables < kSyllableCount) {
    const char32_t index = point - kSyllables;
    const char32_t final = index % kFinalCount;
    out += static_cast<char32_t>(kInitials + index / (kVowelCount * kFinalCount));
    out += static_cast<char32_t>(kVowels + index / kFinalCount % kVowelCount);
    if (final != 0) out += static_cast<char32_t>(kFinals + final);
  } else if (const auto at = look_up(point).decomposition; at != 0) {
    for (const char32_t part : tables::sequence(at))
      out += part;
  } else {
    out += point;
  }
}

/// Canonical ordering: marks between two starters by their rank, those of one rank as they stood.
void order_marks(std::u32string& points) {
  auto run = points.begin();
  while (run != points.end()) {
    if (rank_of(*run) == 0) {
      ++run;
      continue;
    }
    const auto end = std::find_if(run, points.end(), [](char32_t p) { return rank_of(p) == 0; });
    std::stable_sort(run, end, [](char32_t a, char32_t b) { return rank_of(a) < rank_of(b); });
    run = end;
  }
}

std::optional<char32_t> composed(char32_t first, char32_t second) noexcept {
  if (first - kInitials < kInitialCount && second - kVowels < kVowelCount) {
    return kSyllables + ((first - kInitials) * kVowelCount + (second - kVowels)) * kFinalCount;
  }
  const char32_t syllable = first - kSyllables;
  const char32_t final = second - kFinals;
  if (syllable < kSyllableCount && syllable % kFinalCount == 0 && final > 0 &&
      final < kFinalCount) {
    return first + final;
  }
  const auto before = [](const tables::Composition& a, const tables::Composition& b) {
    return a.first != b.first ? a.first < b.first : a.second < b.second;
  };
  const tables::Composition wanted{first, second, 0};
  const auto found = std::ranges::lower_bound(tables::kCompositions, wanted, before);
  if (found == tables::kCompositions.end() || before(wanted, *found)) return std::nullopt;
  return found->composed;
}

}  // namespace

std::u32string decompose(std::u32string_view points) {
  std::u32string out;
  out.reserve(points.size() + points.size() / 2);
  for (const char32_t point : points)
    append_decomposed(out, point);
  order_marks(out);
  return out;
}

std::u32string compose(std::u32string_view points) {
  const std::u32string parts = decompose(points);
  std::u32string out;
  out.reserve(parts.size());
  std::optional<std::size_t> starter;  // the last one, in out
  std::uint8_t last = 0;               // rank of what was appended after it; 0: nothing was
  for (const char32_t point : parts) {
    const std::uint8_t rank = rank_of(point);
    // What has the rank of, or a lower one than, something between is blocked by that.
    const bool reaches = starter && (last == 0 ? out.size() - 1 == *starter : last < rank);
    if (const auto joined = reaches ? composed(out[*starter], point) : std::nullopt) {
      out[*starter] = *joined;
      continue;
    }
    if (rank == 0) starter = out.size();
    last = rank;
    out += point;
  }
  return out;
}

}  // namespace holdfast::ens
