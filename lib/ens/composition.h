// Canonical decomposition and composition (UAX 15: NFD, NFC) by the tables of ENSIP-15, whose
// Unicode is newer than that of any library here.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::ens {

/// Precondition of both: code points up to 10FFFF. Time is n log n however many marks follow each
/// other.
[[nodiscard]] std::u32string decompose(std::u32string_view points);
[[nodiscard]] std::u32string compose(std::u32string_view points);

}  // namespace holdfast::ens
