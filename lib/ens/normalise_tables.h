// What ENSIP-15 says of each code point, as tables. Their values are made while building, by
// make_normalise_tables.py out of normalize-data.json (MIT, see LICENSE.ens-normalize); this is
// their shape, and how to look something up. For normalise.cc and composition.cc alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace holdfast::ens::tables {

/// A set of groups (scripts), a bit each, in the order in which they are tried.
struct GroupSet {
  std::array<std::uint64_t, 3> words{};

  [[nodiscard]] constexpr bool empty() const noexcept {
    return (words[0] | words[1] | words[2]) == 0;
  }

  constexpr GroupSet& operator&=(const GroupSet& other) noexcept {
    for (std::size_t i = 0; i < words.size(); ++i)
      words[i] &= other.words[i];
    return *this;
  }

  /// The first group of the set alone.
  [[nodiscard]] constexpr GroupSet first() const noexcept {
    GroupSet one;
    for (std::size_t i = 0; i < words.size(); ++i) {
      one.words[i] = words[i] & (~words[i] + 1);
      if (one.words[i] != 0) break;
    }
    return one;
  }
};

inline constexpr GroupSet kAllGroups{{~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}}};

enum class Kind : std::uint8_t { disallowed, valid, mapped, ignored };

/// Bits of CodePoint::flags.
// NOLINTBEGIN(readability-identifier-naming): read as flag::mark.
namespace flag {
inline constexpr std::uint8_t fenced = 1, mark = 2, non_spacing = 4, unique = 8, emoji = 16,
                              settled = 32, holds_non_spacing = 64;
}

// NOLINTEND(readability-identifier-naming)

struct CodePoint {
  Kind kind;
  std::uint8_t flags;
  std::uint8_t rank;            // of its canonical combining class; 0 for starters
  std::uint8_t groups;          // into kGroupSets; 0 is the empty set
  std::uint16_t complement;     // into kComplements if it is a confusable, else 0
  std::uint16_t mapping;        // into kSequences if it is mapped
  std::uint16_t decomposition;  // into kSequences if it decomposes, else 0

  /// unique: in one group only, and like no other code point.
  /// emoji: an emoji may begin with it.
  /// settled: NFC leaves it as it is, whatever stands around it.
  /// holds_non_spacing: its NFD has a non-spacing mark.
  [[nodiscard]] constexpr bool has(std::uint8_t bit) const noexcept { return (flags & bit) != 0; }
};

/// A node of the tree of all emoji sequences; FE0F is optional in them. Children of a node stand
/// together, in order of their code points; node 0 is the root.
struct EmojiNode {
  std::uint32_t point : 31;
  std::uint32_t ends : 1;  // an emoji is complete here
  std::uint16_t first_child;
  std::uint16_t child_count;
};

/// first and second compose to composed (UAX 15), Hangul left out.
struct Composition {
  char32_t first;
  char32_t second;
  char32_t composed;
};

inline constexpr unsigned kBlockBits = 7;

extern const std::span<const std::uint16_t> kBlocks;  // by the upper bits of a code point
extern const std::span<const std::uint16_t> kPoints;  // by block and the lower bits: into kTraits
extern const std::span<const CodePoint> kTraits;
extern const std::span<const char32_t> kSequences;  // each: its length, then its code points
extern const std::span<const GroupSet> kGroupSets;
extern const std::span<const GroupSet> kComplements;  // groups in which its look-alikes are whole
extern const std::span<const EmojiNode> kEmoji;
extern const std::span<const Composition> kCompositions;  // sorted by first, second
extern const GroupSet kMarksAreLetters;  // groups whose marks are listed one by one: no other rule
extern const unsigned kMostNonSpacing;   // in a row

/// Precondition: point ≤ 10FFFF.
[[nodiscard]] inline const CodePoint& look_up(char32_t point) noexcept {
  constexpr char32_t kLow = (1U << kBlockBits) - 1;
  const std::size_t block = kBlocks[point >> kBlockBits];
  return kTraits[kPoints[(block << kBlockBits) + (point & kLow)]];
}

[[nodiscard]] inline std::span<const char32_t> sequence(std::uint16_t at) noexcept {
  return kSequences.subspan(at + std::size_t{1}, kSequences[at]);
}

}  // namespace holdfast::ens::tables
